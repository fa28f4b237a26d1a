"""This project and xmlsec in turn on the same signed documents, on one core.

    cargo build --release && python3 benches/beside_xmlsec.py

xmlsec is that of Python's package `xmlsec`; without it there is nothing to compare with, and it is
said so. Both sides begin with the bytes and end with the verdict. xmlsec is given the key and looks at
no certificate; ours verifies the path of the first message and remembers it, as a gateway does.
Each figure is the best of short batches, and what is shown the median of all rounds. Exit code 1: a
goal of docs/performance.md is not reached.

    --rounds N    how often the two take turns (7)
    --seconds S   how long each works in a turn (0.3)
    --binary FILE the built bench `beside`, instead of building it
"""

import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left beside the sources

from beside_libxml2 import Ours, asked, built, in_turn, on_one_core, show, timed

# Of xmlsec's time, and of the bare operation with the digest.
FASTER, OVER_P256, OVER_RSA = 4, 3, 5
# Of a message of 20 MB: megabytes a second, and memory as a multiple of the message.
RATE, MEMORY = 150, 4


class Xmlsec:
    """xmlsec as Python's package has it, with lxml to read the document."""

    def __init__(self):
        import xmlsec
        from lxml import etree

        self.xmlsec, self.etree = xmlsec, etree
        # xmlsec works on the trees of lxml, and both must have been built with one libxml2.
        xmlsec.tree.find_node(etree.fromstring("<x/>"), "Signature")
        version = ".".join(map(str, etree.LIBXML_VERSION))
        self.name = f"python-xmlsec {xmlsec.__version__}, libxml2 {version}"
        self.parser = etree.XMLParser(huge_tree=True)

    def verification(self, signed):
        xmlsec, parse, parser = self.xmlsec, self.etree.fromstring, self.parser
        data = signed.read_bytes()
        key = xmlsec.Key.from_file(f"{signed}.pem", xmlsec.KeyFormat.CERT_PEM)

        def work(data=data):
            context = xmlsec.SignatureContext()
            context.key = key
            context.verify(xmlsec.tree.find_node(parse(data, parser), "Signature"))

        try:
            work(data.replace(b"<LRN>", b"<LRN>0", 1))
        except xmlsec.Error:
            return work
        sys.exit("xmlsec verifies what was changed")


def theirs():
    try:
        return Xmlsec()
    except Exception as error:  # whatever keeps it from working here
        print(f"skipped: no xmlsec for Python ({error})")
        return None


def main():
    arguments = asked(__doc__)
    binary = arguments.binary or built()
    on_one_core()
    other, ours = theirs(), Ours(binary)
    rounds, seconds = arguments.rounds, arguments.seconds
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ten, large = folder / "10k.xml", folder / "20m.xml"
        ours.ask("make", 6, 1, 2, ten)
        ours.ask("make", 9_999, 11, 3, large)
        signed = {}
        for kind in ("p256", "rsa2048"):
            for file in (ten, large):
                signed[kind, file] = folder / f"{kind}-{file.name}"
                ours.ask("sign", kind, file, signed[kind, file])
        print(f"load {os.getloadavg()[0]:.1f}\n\nverification of 10 KB, without reading it, over the bare work")
        for kind, goal in (("p256", OVER_P256), ("rsa2048", OVER_RSA)):
            turns = [
                (ours.ask("verify", signed[kind, ten], seconds), ours.ask("bare", kind, ten, seconds))
                for _ in range(rounds)
            ]
            spent = sorted((v["ns"] - v["parse"], b["operation"], b["digest"]) for v, b in turns)
            whole, operation, digest = spent[len(spent) // 2]
            ratio = whole / (operation + digest)
            print(
                f"{kind:<26}{whole / 1e3:>11,.1f} us; value {operation / 1e3:,.1f} us, "
                f"digest {digest / 1e3:,.1f} us: {ratio:.2f} times (goal {goal})"
            )
            reached &= ratio <= goal
        if other:
            print(f"\nbytes to verdict, beside {other.name}")
            for (kind, file), path in signed.items():
                work = other.verification(path)
                turns = in_turn(
                    rounds,
                    lambda: ours.ask("verify", path, seconds)["ns"],
                    lambda: timed(seconds, work),
                )
                reached &= show(f"{kind}, {file.stem}", path.stat().st_size, *turns, FASTER)
        print("\none signed message of 20 MB, in a process of its own")
        alone = Ours(binary)
        once = alone.ask("once", signed["p256", large])
        alone.end()
        spent = once["parse"] + once["verify"]
        rates = [once["bytes"] / 1e6 / part for part in (once["verify"], spent)]
        memory = once["memory"]["peak"] / once["bytes"]
        print(
            f"  read {once['parse']:.3f} s, verify {once['verify']:.3f} s: {rates[0]:,.0f} MB/s "
            f"(goal {RATE}), {rates[1]:,.0f} MB/s with reading"
        )
        print(f"  memory {memory:.1f} times the message at its peak (goal {MEMORY})")
        reached &= rates[0] >= RATE and memory <= MEMORY
    ours.end()
    print("\nall goals are reached" if reached else "\nnot all goals are reached")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
