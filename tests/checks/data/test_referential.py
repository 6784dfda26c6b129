from pathlib import Path

from tests.checks.asked import gate_table, only, values

ORDERS = "id,customer,shop\n1,7,a\n2,8,b\n3,,a\n4,9,a\n"


def test_values_that_the_other_table_does_not_have_are_counted_and_missing_ones_are_not(tmp_path: Path) -> None:
    check = "referential: {references: [{columns: [customer], to: people, others: [id], rows: 9}]}"
    assert values(tmp_path, check, ORDERS, people="id\n7\n8\n8\n") == {"customer": 1}


def test_several_columns_are_looked_up_together(tmp_path: Path) -> None:
    check = "referential: {references: [{columns: [customer, shop], to: people, rows: 9}]}"
    assert values(tmp_path, check, ORDERS, people="id,customer,shop\n1,7,a\n2,8,a\n") == {"customer+shop": 2}


def test_numbers_and_texts_are_compared_as_text(tmp_path: Path) -> None:
    check = "referential: {references: [{columns: [customer], to: people}]}"
    finding = only(gate_table(tmp_path, check, ORDERS, people="id,customer\n1,7\n2,8\n3,x\n").verdict.findings)
    said = "1 of 4 rows of data/test.csv have a 'customer' that is not in data/people.csv (25 %); none allowed"
    assert (finding.message, finding.source) == (said, "test+people")
