//! Loading packages: what is read, what is found wrong.

use super::*;
use crate::model::{CaseKey, KeyKind, Revision};

#[test]
fn a_package_is_added_without_rust() {
    let head = format!(
        "{HEAD}
        [identity]
        id = 'id'
        reference = 'ref'
        [[route]]
        at = 'c'
        code = 'country:n3'
        [[route]]
        at = 'o'
        take = [0, 2]
        [[key]]
        kind = 'lrn'
        at = 'id'
        [correlation]
        key = 'lrn'
        [signing]
        cover = 'document-element'
        id_attributes = ['Id']"
    );
    let bench = Bench::with(
        &head,
        "id:string ref?:string c*:string o*:string",
        "[[field]]\nat = 'id'\nis = 'documentId'\n[[ignore]]\nat = 'c'\nreason = 'route'\n\
         [[ignore]]\nat = 'o'\nreason = 'route'\n[[ignore]]\nat = 'ref'\nreason = 'r'",
    );
    bench.write(
        "codelists/country.toml",
        "name = 'country'\ncanonical = 'a2'\ncolumns = ['a2', 'n3']\nrows = [['RU', '643'], ['KZ', '398']]",
    );
    let packages = bench.load();
    let package = packages.find("t/m/1").unwrap();
    let document =
        document("<m><id>7</id><c>643</c><c>398</c><c>643</c><c>000</c><o>KZ12</o><o>FI99</o></m>");
    let view = document.root();
    assert_eq!(packages.of(view).unwrap().id(), package.id());
    assert_eq!(package.message_id(view).as_deref(), Some("7"));
    assert_eq!(package.route(view), ["RU", "KZ", "FI"]);
    let key = CaseKey {
        kind: KeyKind::Lrn,
        value: "7".to_owned(),
    };
    assert_eq!(package.keys(view), [key]);
    assert_eq!(package.correlation(), [KeyKind::Lrn]);
    assert_eq!(
        package.signing().id_attributes,
        [(String::new(), "Id".to_owned())]
    );
    assert!(!package.signing().enveloping && !package.signing().xades);
    assert_eq!(package.reference(view), None);
}

#[test]
fn the_first_path_that_leads_to_offices_says_the_posts() {
    let head = format!(
        "{HEAD}
        [[post]]
        at = 'border'
        take = [0, 4]
        [[post]]
        when = 'received'
        at = 'inner/office'
        [[post]]
        at = 'other'"
    );
    let content = "border*:string inner?{ office*:string } other?:string";
    let packages = Bench::with(&head, content, "").load();
    let package = packages.find("t/m").unwrap();
    let posts = |text: &str, side| {
        let document = document(text);
        let posts = package.posts(document.root(), side)?;
        Some((posts.codes, posts.at.path()))
    };
    let all = "<m><border>1071-a</border><border>1072</border><border>1071-b</border>\
               <inner><office>2</office></inner></m>";
    for side in Side::ALL {
        let (codes, at) = posts(all, side).unwrap();
        assert_eq!(codes, ["1071", "1072"], "each once");
        assert_eq!(at, "/m/border[1]");
    }
    let inner = "<m><border/><inner><office>2</office></inner><other>3</other></m>";
    assert_eq!(posts(inner, Side::Received).unwrap().0, ["2"]);
    assert_eq!(posts(inner, Side::Submitted).unwrap().0, ["3"]);
    assert_eq!(posts("<m><border/></m>", Side::Received), None);
}

#[test]
fn a_post_is_checked_when_the_package_is_loaded() {
    for (post, expected) in [
        (
            "at = 'bordre'",
            "the schema has no `bordre` in `bordre`; did you mean `border`?",
        ),
        (
            "at = 'border'\nwhen = 'sent'",
            "`when` is `submitted` or `received`, or left out",
        ),
        ("at = 'border'\nkind = 'lrn'", "unknown key `kind`"),
        ("when = 'received'", "`at`"),
    ] {
        let head = format!("{HEAD}[[post]]\n{post}");
        let faults = Bench::with(&head, "border?:string", "").faults();
        let place = faults[0].strip_prefix("t/m/1/package.toml:").unwrap();
        let line: usize = place.split(':').next().unwrap().parse().unwrap();
        assert!(line > HEAD.lines().count(), "{}", faults[0]);
        assert!(faults[0].contains(expected), "{}", faults[0]);
    }
}

#[test]
fn the_newest_version_is_in_force() {
    let bench = Bench::new("a?:string", "");
    bench.write("t/m/10/package.toml", &HEAD.replace("'1'", "'10'"));
    bench.write("t/m/10/m.xsd", &schema("a?:string"));
    bench.write("t/m/9/package.toml", &HEAD.replace("'1'", "'9'"));
    bench.write("t/m/9/m.xsd", &schema("a?:string"));
    let packages = bench.load();
    assert_eq!(packages.find("t/m").unwrap().id().version(), "10");
    assert_eq!(packages.find("t/m/9").unwrap().id().version(), "9");
    assert_eq!(packages.iter().count(), 3);
    assert!(packages.find("t/n").is_none());
}

/// Two versions with one document element, told apart by an attribute of it.
fn two_phases() -> Bench {
    let bench = Bench::new("a?:string", "");
    for (version, values) in [("9", "['five', 'six']"), ("10", "'seven'")] {
        let head = HEAD.replace("'1'", &format!("'{version}'"));
        let told = format!("{head}[told_apart]\nat = '@phase'\nis = {values}\n");
        bench.write(&format!("t/m/{version}/package.toml"), &told);
        let xsd = schema("a?:string").replace(
            "</xs:sequence>",
            "</xs:sequence><xs:attribute name='phase' type='xs:string'/>",
        );
        assert!(xsd.contains("phase"), "{xsd}");
        bench.write(&format!("t/m/{version}/m.xsd"), &xsd);
    }
    bench
}

#[test]
fn a_document_is_of_the_version_that_it_says() {
    let bench = two_phases();
    let packages = bench.load();
    let version = |text: &str| {
        let document = document(text);
        let package = packages.of(document.root()).unwrap();
        package.id().version().to_owned()
    };
    assert_eq!(version("<m phase='five'/>"), "9");
    assert_eq!(version("<m phase='six'/>"), "9");
    assert_eq!(version("<m phase='seven'/>"), "10");
    // What says none of them is for the version that is not told apart.
    assert_eq!(version("<m phase='eight'/>"), "1");
    assert_eq!(version("<m/>"), "1");
    let five = document("<m phase='five'/>");
    let for_five = packages.find_for("t/m", five.root()).unwrap();
    assert_eq!(for_five.id().version(), "9");
    let named = packages.find_for("t/m/10", five.root()).unwrap();
    assert_eq!(named.id().version(), "10");
}

#[test]
fn a_package_that_validates_only_takes_no_message_from_one_that_is_exchanged() {
    let bench = Bench::new("a?:string", "");
    let newer = HEAD.replace("'1'", "'2'");
    bench.write("t/m/2/package.toml", &newer);
    bench.write("t/m/2/m.xsd", &schema("a?:string"));
    let text = document("<m/>");
    let version = |bench: &Bench| {
        let packages = bench.load();
        let package = packages.of(text.root()).unwrap();
        (package.id().version().to_owned(), package.is_exchanged())
    };
    // Of two that validate only the newer one.
    assert_eq!(version(&bench), ("2".to_owned(), false));
    bench.write(
        "t/m/1/package.toml",
        &format!("{HEAD}[identity]\nid = 'a'\n"),
    );
    assert_eq!(version(&bench), ("1".to_owned(), true));
}

#[test]
fn a_document_of_an_unknown_version_has_no_package() {
    let bench = two_phases();
    fs::remove_dir_all(bench.path().join("t/m/1")).unwrap();
    let packages = bench.load();
    let why = |text: &str| {
        let document = document(text);
        packages.of(document.root()).unwrap_err()
    };
    for (text, said) in [
        ("<m phase='eight'/>", Some("eight")),
        ("<m phase=' '/>", None),
        ("<m/>", None),
    ] {
        let known = ["five", "six", "seven"].map(ToOwned::to_owned).to_vec();
        let unknown = NoPackage::Version {
            at: "@phase".to_owned(),
            said: said.map(ToOwned::to_owned),
            known,
        };
        assert_eq!(why(text), unknown);
        assert_eq!(unknown.code(), "PACKAGE_VERSION_UNKNOWN");
        assert!(unknown.to_string().contains("`five`, `six`, `seven`"));
    }
    assert_eq!(why("<n/>"), NoPackage::Root);
    let long = format!("<m phase='{}'/>", "x".repeat(10_000));
    assert!(why(&long).to_string().len() < 200);
}

#[test]
fn what_tells_versions_apart_is_checked_when_the_package_is_loaded() {
    for (told, expected) in [
        (
            "at = '@phase'\nis = 'x'",
            "the document element has no attribute `phase`",
        ),
        ("at = 'b'\nis = 'x'", "the schema has no `b` in `b`"),
        ("at = 'a'", "`is`"),
        ("at = 'a'\nis = []", "`is` names one value at least"),
        ("is = 'x'", "`at`"),
        ("at = 'a'\nis = 'x'\nwhen = 'y'", "unknown key `when`"),
    ] {
        let head = format!("{HEAD}[told_apart]\n{told}");
        let faults = Bench::with(&head, "a?:string", "").faults();
        assert!(faults[0].contains(expected), "{faults:?}");
    }
}

#[test]
fn two_packages_cannot_claim_one_version() {
    let bench = two_phases();
    let ten = bench.path().join("t/m/10/package.toml");
    let claims = fs::read_to_string(&ten).unwrap();
    fs::write(&ten, claims.replace("'seven'", "['seven', 'six']")).unwrap();
    let faults = bench.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    for part in ["/package.toml", "`six` at `@phase`"] {
        assert!(faults[0].contains(part), "{faults:?}");
    }
}

#[test]
fn envelopes_give_their_documents() {
    let head = format!("{HEAD}[[embedded]]\nat = 'd/b'\n");
    let bench = Bench::with(&head, "d*{ b{ x?:string } }", "");
    let packages = bench.load();
    let document = document("<m><d><b><x>1</x></b></d><d><b/></d><d><b><x>2</x></b></d></m>");
    let package = packages.find("t/m").unwrap();
    let roots = package.embedded(document.root());
    let paths: Vec<String> = roots.iter().map(|node| node.path()).collect();
    assert_eq!(paths, ["/m/d[1]/b/x", "/m/d[3]/b/x"]);
}

#[test]
fn an_envelope_without_a_holder_gives_what_is_not_its_own() {
    let head = format!("{HEAD}[[embedded]]\nat = '.'\n");
    let bench = Bench::with(&head, "a?:string", "");
    let packages = bench.load();
    let document = document("<m><a>1</a><x xmlns='urn:x'/><y xmlns='urn:y'><a/></y></m>");
    let package = packages.find("t/m").unwrap();
    let roots = package.embedded(document.root());
    let names: Vec<&str> = roots.iter().map(|node| node.name().local).collect();
    assert_eq!(names, ["x", "y"]);
}

#[test]
fn an_envelope_may_be_known_by_its_document_or_by_an_id_of_its_own() {
    let inside = format!("{HEAD}[[embedded]]\nat = '.'\nidentifies = true\n");
    let bench = Bench::with(&inside, "a?:string", "");
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    assert!(package.is_known_by_its_document() && package.is_exchanged());
    let neither = inside.replace("identifies = true", "");
    let packages = Bench::with(&neither, "a?:string", "").load();
    assert!(!packages.find("t/m").unwrap().is_exchanged());
    let both = inside.replace("[[embedded]]", "[identity]\nid = 'a'\n[[embedded]]");
    let faults = Bench::with(&both, "a?:string", "").faults();
    assert!(faults[0].contains("an id of its own"), "{faults:?}");
}

#[track_caller]
fn faulty(content: &str, map: &str, expected: &[&str]) {
    let faults = Bench::new(content, map).faults();
    let count = faults.len();
    for expected in expected {
        assert!(
            faults.iter().any(|f| f.contains(expected)),
            "{expected}: {faults:#?}"
        );
    }
    assert_eq!(count, expected.len(), "{faults:#?}");
}

#[test]
fn faults_have_file_line_and_the_nearest_name() {
    faulty(
        "amount?:string",
        "[[field]]\nat = 'amont'\nis = 'goodsShipment.ucr'",
        &["t/m/1/map.toml:2: the schema has no `amont` in `/`; did you mean `amount`?"],
    );
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucrr'",
        &["map.toml:3: there is no canonical path `goodsShipment.ucrr`; did you mean `ucr`?"],
    );
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\ncutt = 3",
        &["map.toml:4: unknown key `cutt`; did you mean `cut`?"],
    );
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'typeCode'\ncode = 'kind:x'",
        &["map.toml:4: there is no code list `kind`"],
    );
}

#[test]
fn a_mandatory_element_without_row() {
    faulty(
        "a:string b{ c:string @d:string }",
        "[[field]]\nat = 'b/c'\nis = 'goodsShipment.ucr'",
        &["the schema demands `a`", "the schema demands `b/@d`"],
    );
}

#[test]
fn a_package_that_is_only_read_needs_no_rows_for_it() {
    let head = format!("{HEAD}direction = 'decode'\n");
    let bench = Bench::with(&head, "a:string", "");
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    let document = document("<m><a>1</a></m>");
    let decoded = package
        .decode(document.root(), &DecodeContext::default())
        .unwrap();
    let encoded = encode(&decoded, package, &open_lane(), &context());
    assert_eq!(encoded.findings[0].code, "MAP_NO_MAPPING");
}

#[test]
fn two_rows_for_one_place_or_value() {
    faulty(
        "a?:string b?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\n[[field]]\nat = 'a'\nis = 'id'",
        &["map.toml:4: two rows write `a`"],
    );
    faulty(
        "a?:string b?:string",
        "[[field]]\nat = 'a'\nis = 'id'\n[[field]]\nat = 'b'\nis = 'id'",
        &["map.toml:4: two rows fill one value"],
    );
}

#[test]
fn keys_that_do_not_suit() {
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'id'\nunit = 'kg'",
        &["`unit` does not suit"],
    );
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'totalGrossMass'",
        &["a mass says its `unit`"],
    );
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.customsValue'",
        &["an amount says its `basis`"],
    );
    faulty(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment'",
        &["is no value"],
    );
}

#[test]
fn folders_files_and_schemas_that_do_not_agree() {
    let bench = Bench::with(&HEAD.replace("'m'", "'n'"), "a?:string", "");
    assert!(
        bench
            .faults()
            .iter()
            .any(|fault| fault.contains("is in t/m/1"))
    );
    let head = format!("{HEAD}[files]\n'm.xsd' = '00'\n");
    let bench = Bench::with(&head, "a?:string", "");
    assert!(bench.faults()[0].contains("another SHA-256"));
    let bench = Bench::with(&HEAD.replace("m.xsd", "../../../m.xsd"), "a?:string", "");
    assert!(bench.faults()[0].contains("schema"));
    let empty = tempfile::tempdir().unwrap();
    assert!(Packages::load(empty.path()).is_err());
}

#[test]
fn what_is_wrong_with_packages_that_are_not_named_does_not_matter() {
    let bench = Bench::new("a?:string", "");
    bench.write("t/m/2/package.toml", "colour = 'red'");
    assert!(Packages::load(bench.path()).is_err());
    assert!(Packages::load_named(bench.path(), &["t/m"]).is_err());
    let named = Packages::load_named(bench.path(), &["t/m/1", "t/other"]).unwrap();
    let ids: Vec<String> = named
        .iter()
        .map(|package| package.id().to_string())
        .collect();
    assert_eq!(ids, ["t/m/1"]);
    let none = Packages::load_named(bench.path(), &["t/other"]).unwrap();
    assert_eq!(none.iter().count(), 0);
}

#[test]
fn a_package_says_on_what_ground_its_schema_stands() {
    let map = "[[field]]\nat = 'c'\nis = 'goodsShipment.ucr'";
    for (line, status) in [
        ("", Status::Published),
        ("status = 'published'\n", Status::Published),
        ("status = 'inferred'\n", Status::Inferred),
        ("status = 'draft'\n", Status::Draft),
    ] {
        let bench = Bench::with(&format!("{HEAD}{line}"), "c?:string", map);
        let packages = bench.load();
        assert_eq!(packages.find("t/m").unwrap().status(), status, "{line}");
    }
    let bench = Bench::with(&format!("{HEAD}status = 'official'\n"), "c?:string", map);
    let faults = bench.faults();
    assert!(
        faults[0].starts_with("t/m/1/package.toml:7:") && faults[0].contains("inferred"),
        "{faults:?}"
    );
}

#[test]
fn a_package_says_which_messages_revise_others_and_what_names_them() {
    let head = |revision: &str| {
        format!(
            "{HEAD}
            [identity]
            id = 'id'
            function = 'f'
            reference = 'ref'
            [[key]]
            kind = 'lrn'
            at = 'lrn'
            [revision]
            {revision}"
        )
    };
    let types = "id:string f?:string ref?:string lrn?:string";
    let stated = |revision: &str, message: &str| {
        let map = "[[field]]\nat = 'id'\nis = 'documentId'";
        let packages = Bench::with(&head(revision), types, map).load();
        let document = document(message);
        let package = packages.find("t/m").unwrap();
        let stated = package.revision(document.root());
        stated.map(|stated| (stated.revision, stated.by))
    };
    let coded = "amend = ['5']\ncancel = ['3']\nby = ['lrn', 'reference']";
    let message = |f: &str| format!("<m><id>7</id><f>{f}</f><ref>6</ref><lrn>L</lrn></m>");
    let by = vec![
        CaseKey::new(KeyKind::Lrn, "L"),
        CaseKey::new(KeyKind::Document, "6"),
    ];
    let amends = Some((Revision::Amend, by.clone()));
    assert_eq!(stated(coded, &message("5")), amends);
    assert_eq!(stated(coded, &message("3")), Some((Revision::Cancel, by)));
    assert_eq!(stated(coded, &message("9")), None);
    assert_eq!(stated(coded, "<m><id>7</id></m>"), None);
    // A revision that names nothing is one all the same, unless its reference alone makes it one.
    let bare = "<m><id>7</id><f>5</f></m>";
    assert_eq!(stated(coded, bare), Some((Revision::Amend, Vec::new())));
    let every = "amend = ['*']\nby = ['lrn']";
    assert_eq!(stated(every, bare), Some((Revision::Amend, Vec::new())));
    let by_reference = "amend = ['*']\nby = ['reference']";
    assert_eq!(stated(by_reference, bare), None);
    assert!(stated(by_reference, &message("9")).is_some());
}

#[test]
fn a_revision_that_names_nothing_there_is_a_fault() {
    for (revision, says) in [
        ("amend = ['5']\nby = ['lrn']", "function"),
        ("amend = ['*']", "by"),
        ("amend = ['*']\nby = ['mrn']", "[[key]]"),
        ("amend = ['*']\nby = ['reference']", "reference"),
        ("amend = ['*']\nby = ['lrn']\ncolour = 'red'", "colour"),
    ] {
        let head = format!(
            "{HEAD}\n[identity]\nid = 'id'\n[[key]]\nkind = 'lrn'\nat = 'id'\n[revision]\n{revision}"
        );
        let bench = Bench::with(&head, "id:string", "");
        let faults = Packages::load(bench.path()).unwrap_err();
        let found = faults.iter().any(|fault| fault.to_string().contains(says));
        assert!(found, "{revision}: {faults:?}");
    }
}
