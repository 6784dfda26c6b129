from pathlib import Path

import pytest

from tests.checks.asked import gate_table, only, statuses

PERSONAL = ["ada.lovelace@example.org", "mail <x@y.co>", "+49 170 1234567", "(030) 555-0199", "555-012-3456",
            "4111 1111 1111 1111", "4111111111111111",
            "DE89 3704 0044 0532 0130 00", "078-05-1120", "192.168.1.20"]  # fmt: skip
HARMLESS = [
    "ab-2024-01-31",
    "3.14159",
    "v1.2.3",
    "2024-01-31 10:00:00",
    "SKU-12-345",
    "@home",
    "100 000",
    "1e-10",
    "a b",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_personal_texts_are_found(text: str, tmp_path: Path) -> None:
    finding = only(gate_table(tmp_path, "pii: {}", f'id,a\n1,"{text}"\n2,word\n').verdict.findings)
    assert (finding.subject, finding.status, finding.value) == ("a", "fail", 1)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_texts_are_not(text: str, tmp_path: Path) -> None:
    assert only(gate_table(tmp_path, "pii: {}", f'id,a\n1,"{text}"\n2,word\n').verdict.findings).status == "pass"


def test_the_names_of_columns_are_judged_too(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "pii: {}", "id,customer_name,note\n1,x,y\n")
    assert statuses(result.verdict.findings) == {"customer_name: name": "fail", "customer_name": "pass", "note": "pass"}


def test_only_the_kinds_asked_for_are_looked_for(tmp_path: Path) -> None:
    result = gate_table(tmp_path, "pii: {kinds: [e-mail]}", "id,a\n1,192.168.1.20\n")
    assert only(result.verdict.findings).status == "pass"


def test_no_byte_of_any_report_holds_what_was_found_even_as_an_example(tmp_path: Path) -> None:
    from mlgate.evidence import canonical
    from mlgate.reporting.rendering import write_reports

    rows = "".join(f'{at},"{text}",x\n' for at, text in enumerate(PERSONAL))
    checks = "pii: {columns: {a: {examples: true}}}\nlengths: {columns: {a: {max: 1, examples: true}}}"
    result = gate_table(tmp_path, checks, "id,a,b\n" + rows)
    write_reports(result.evidence, result.verdict, tmp_path / "out")
    written = b"".join(file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert len(written) > 1_000
    for text in PERSONAL:
        assert text.encode() not in written + canonical(result.evidence)
    assert any("held back" in f.message for f in result.verdict.findings)
