"""This project and libxml2 with libxslt in turn on the same documents, on one core.

    cargo build --release && python3 benches/beside_libxml2.py

libxml2 and libxslt are those of Python's lxml where that is installed, else the shared libraries of
the system. Both sides keep what they compiled; each figure is the best of short batches, and what
is shown the median of all rounds. Exit code 1: a goal of docs/performance.md is not reached.

    --rounds N    how often the two take turns (7)
    --seconds S   how long each works in a turn (0.3)
    --binary FILE the built bench `beside`, instead of building it
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
REFERENCE = REPOSITORY / ".." / "shared" / "reference"
STYLESHEET = HERE / "cc015c-to-r048.xsl"
LANE = ["eu/cc015c/51.8.6", "eaeu/r048/1.0.0", "eu-ru-transit"]
WCO = REFERENCE / "wco/hmrc-cds-dms2"

# What is parsed and validated: a name, the schema, the document.
DOCUMENTS = [
    (
        "CC015C",
        REFERENCE / "eu/ncts-p5-51.8.6/xsd/cc015c.xsd",
        REFERENCE / "eu/ncts-p5-51.8.6/samples/cc015c-valid.xml",
    ),
    (
        "ESADout_CU",
        REFERENCE / "eaeu/fcs-album-5.23.0/xsd/ESADout_CU.xsd",
        REFERENCE / "eaeu/samples/ESADout_CU_transit_RU-KZ_1.xml",
    ),
    (
        "WCO DEC",
        WCO / "public/api/conf/3.0/schemas/wco/declaration/_driver.xsd",
        WCO / "samples/Declaration__annotated_XML_samples__TT_EX005a__TT_EX005a.xml",
    ),
]


def timed(seconds, work):
    """Nanoseconds of processor time of one call: the best of the batches in so many seconds."""
    best, calls = float("inf"), 1
    end = time.thread_time() + seconds
    while True:
        start = time.thread_time()
        for _ in range(calls):
            work()
        elapsed = time.thread_time() - start
        best = min(best, elapsed / calls)
        if time.thread_time() > end:
            return best * 1e9
        if elapsed < 0.005:
            calls *= 2


class Lxml:
    """libxml2 and libxslt as Python's lxml has them."""

    def __init__(self):
        from lxml import etree

        self.etree = etree
        version = lambda parts: ".".join(map(str, parts))
        self.name = (
            f"lxml {etree.__version__}: libxml2 {version(etree.LIBXML_VERSION)}, "
            f"libxslt {version(etree.LIBXSLT_VERSION)}"
        )
        self.parser = etree.XMLParser(huge_tree=True)

    def validation(self, xsd, data):
        schema = self.etree.XMLSchema(self.etree.parse(str(xsd)))
        parse, parser, validate = self.etree.fromstring, self.parser, schema.validate
        return (lambda: validate(parse(data, parser))), validate(parse(data, parser))

    def transformation(self, stylesheet, data):
        transform = self.etree.XSLT(self.etree.parse(str(stylesheet)))
        document = self.etree.fromstring(data, self.parser).getroottree()
        return (lambda: bytes(transform(document))), bytes(transform(document))


class Library:
    """libxml2 and libxslt as the system has them, without anything between."""

    def __init__(self):
        xml, xslt = (ctypes.util.find_library(name) for name in ("xml2", "xslt"))
        if not xml:
            raise ImportError("no libxml2")
        self.xml, self.xslt = ctypes.CDLL(xml), ctypes.CDLL(xslt) if xslt else None
        pointer, integer, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
        self.types(self.xml, "xmlReadMemory", pointer, text, integer, text, text, integer)
        self.types(self.xml, "xmlFreeDoc", None, pointer)
        self.types(self.xml, "xmlSchemaNewParserCtxt", pointer, text)
        self.types(self.xml, "xmlSchemaParse", pointer, pointer)
        self.types(self.xml, "xmlSchemaNewValidCtxt", pointer, pointer)
        self.types(self.xml, "xmlSchemaFreeValidCtxt", None, pointer)
        self.types(self.xml, "xmlSchemaValidateDoc", integer, pointer, pointer)
        version = text.in_dll(self.xml, "xmlParserVersion").value.decode()
        self.name = f"libxml2 {version}"
        if self.xslt:
            self.types(self.xslt, "xsltParseStylesheetFile", pointer, text)
            self.types(self.xslt, "xsltApplyStylesheet", pointer, pointer, pointer, pointer)
            out = [ctypes.POINTER(pointer), ctypes.POINTER(integer), pointer, pointer]
            self.types(self.xslt, "xsltSaveResultToString", integer, *out)
            self.free = ctypes.cast(self.xml.xmlFree, ctypes.POINTER(ctypes.CFUNCTYPE(None, pointer)))
            version = text.in_dll(self.xslt, "xsltEngineVersion").value.decode()
            self.name += f", libxslt {version}"

    @staticmethod
    def types(library, name, result, *arguments):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments

    HUGE = 1 << 19

    def read(self, data):
        document = self.xml.xmlReadMemory(data, len(data), b"in.xml", None, self.HUGE)
        if not document:
            raise ValueError("not well-formed")
        return document

    def validation(self, xsd, data):
        xml = self.xml
        schema = xml.xmlSchemaParse(xml.xmlSchemaNewParserCtxt(os.fsencode(xsd)))
        if not schema:
            raise ValueError(f"{xsd} does not compile")

        def work():
            document = self.read(data)
            context = xml.xmlSchemaNewValidCtxt(schema)
            valid = xml.xmlSchemaValidateDoc(context, document) == 0
            xml.xmlSchemaFreeValidCtxt(context)
            xml.xmlFreeDoc(document)
            return valid

        return work, work()

    def transformation(self, stylesheet, data):
        if not self.xslt:
            raise ImportError("no libxslt")
        transform = self.xslt.xsltParseStylesheetFile(os.fsencode(stylesheet))
        document = self.read(data)

        def work():
            made = self.xslt.xsltApplyStylesheet(transform, document, None)
            text, length = ctypes.c_void_p(), ctypes.c_int()
            self.xslt.xsltSaveResultToString(
                ctypes.byref(text), ctypes.byref(length), made, transform
            )
            self.xml.xmlFreeDoc(made)
            result = ctypes.string_at(text, length.value)
            self.free[0](text)
            return result

        return work, work()


class Ours:
    """The bench `beside`, in a process of its own."""

    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{words[0]} ended our process")
        answer = json.loads(line)
        if "error" in answer:
            sys.exit(f"{words[0]}: {answer['error']}")
        return answer

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def built():
    """Builds the bench with the release profile and says where it is."""
    command = ["cargo", "bench", "--bench", "beside", "--no-run", "--message-format=json"]
    made = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True)
    messages = map(json.loads, made.stdout.splitlines())
    return next(m["executable"] for m in messages if m.get("executable"))


def theirs():
    try:
        return Lxml()
    except ImportError:
        return Library()


def in_turn(rounds, ours, other):
    """Both, one after the other; their medians in nanoseconds, and the ratio of each round."""
    pairs = [(ours(), other()) for _ in range(rounds)]
    mine, his = (statistics.median(side) for side in zip(*pairs))
    ratios = sorted(b / a for a, b in pairs)
    return mine, his, ratios


def show(name, size, mine, his, ratios, goal):
    ratio = his / mine
    print(
        f"{name:<26}{size:>11,} B {mine / 1e3:>11,.1f} us {his / 1e3:>11,.1f} us "
        f"{ratio:>6.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f}; goal {goal})"
    )
    return ratio >= goal


def asked(usage):
    arguments = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=float, default=0.3)
    arguments.add_argument("--binary")
    return arguments.parse_args()


def on_one_core():
    """One core for both: what one leaves in the caches of another core is no matter then."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main():
    arguments = asked(__doc__)
    if not REFERENCE.is_dir():
        sys.exit("skipped: no reference data")
    binary = arguments.binary or built()
    on_one_core()
    other, ours = theirs(), Ours(binary)
    rounds, seconds = arguments.rounds, arguments.seconds
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ten, large = folder / "cc015c-10k.xml", folder / "cc015c-20m.xml"
        ours.ask("make", 6, 1, 2, ten)
        ours.ask("make", 9_999, 11, 3, large)
        xsd = DOCUMENTS[0][1]
        print(f"beside {other.name}; load {os.getloadavg()[0]:.1f}\n")
        print(f"{'parse and validate':<26}{'document':>13} {'ours':>14} {'theirs':>14}  ratio")
        documents = DOCUMENTS + [("CC015C, 6 items", xsd, ten), ("CC015C, 9,999 items", xsd, large)]
        for name, schema, file in documents:
            data = file.read_bytes()
            work, valid = other.validation(schema, data)
            ask = lambda: ours.ask("validate", schema, file, seconds)
            answer = ask()
            if valid != (answer["faults"] == 0):
                sys.exit(f"{name}: the verdicts differ")
            turns = in_turn(rounds, lambda: ask()["ns"], lambda: timed(seconds, work))
            reached &= show(name, len(data), *turns, 1.5)
        print("\ndecode, map and encode, beside an XSLT 1.0 stylesheet")
        for name, file in [("CC015C, 6 items", ten), ("CC015C, 9,999 items", large)]:
            data = file.read_bytes()
            work, made = other.transformation(STYLESHEET, data)
            ask = lambda: ours.ask("translate", *LANE, file, seconds)
            turns = in_turn(rounds, lambda: ask()["ns"], lambda: timed(seconds, work))
            reached &= show(name, len(data), *turns, 5)
            rate = len(data) / turns[0] * 1e3
            print(f"{'':<26}{rate:,.0f} MB/s of input (goal 100); {ask()['made']:,} B made, {len(made):,} B")
            reached &= rate >= 100 or file == large
        print("\none message of 9,999 items in 11 houses, in a process of its own")
        alone = Ours(binary)
        answer = alone.ask("whole", *LANE, large)
        alone.end()
        spent = answer["seconds"]
        memory = answer["memory"]
        print("  " + ", ".join(f"{name} {value:.3f} s" for name, value in spent.items()), end="")
        print(f"; {sum(spent.values()):.3f} s in all (goal 1)")
        size, mebi = answer["bytes"], 2**20
        grown, peak = (memory["peak"] - memory["before"]) / size, memory["peak"] / size
        print(
            f"  memory {grown * size / mebi:.0f} MiB for the message, {grown:.2f} times its size (goal 6); "
            f"{peak:.2f} times with the program and the two packages"
        )
        stages = [("program", "before"), ("document", "document"), ("model", "model"), ("encoding", "peak")]
        steps = [(name, memory[key]) for name, key in stages]
        before = [0] + [value for _, value in steps]
        parts = ", ".join(f"{name} {(value - last) / mebi:.0f}" for (name, value), last in zip(steps, before))
        print(f"  of which in MiB: {parts}, in this the message made {(answer['made'] or 0) / mebi:.0f}")
        print(f"  {len(answer['faults'])} faults, {answer['findings']} findings, {answer['losses']} losses")
        reached &= sum(spent.values()) < 1 and grown <= 6 and answer["made"] is not None
    ours.end()
    alone = Ours(binary)
    loaded = alone.ask("load")
    alone.end()
    print(f"\n{loaded['packages']} packages compiled in {loaded['seconds']:.3f} s (goal 1)")
    reached &= loaded["seconds"] < 1
    print("\nall goals are reached" if reached else "\nnot all goals are reached")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
