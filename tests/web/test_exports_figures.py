"""Figures and rows taken away as CSV, XLSX and PDF: the same numbers, and no formula in them."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from html import unescape
from typing import Any, ClassVar

import openpyxl
from django.contrib.auth import get_user_model
from django.test import Client, TestCase
from pypdf import PdfReader

from glede.desk.conversations.models import Conversation
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import Verb
from glede.rulebook.people.rules import Role, Viewer
from glede.web.exports import table
from glede.web.exports.table import Table
from tests import cast, make
from tests.make import NOW

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "＝1+1")
PERIOD = {"period": "custom", "from": "2026-11-01", "to": "2026-11-30"}


def client_of(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def lines_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def about(lines: list[list[str]]) -> dict[str, str]:
    return {line[0]: line[1] for line in lines[1:] if len(line) == 2}


def shown(cell: object) -> str:
    """A cell without the form of its number: a sheet's 0.0 comes back as 0."""
    try:
        return f"{float(str(cell)):g}"
    except ValueError:
        return "" if cell is None else str(cell)


class TestFigures(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        make.conversation(cls.cast.red_kite_site, name="Dawn")
        make.conversation(cls.cast.red_kite_site, name="Mira", at=NOW + timedelta(minutes=1))
        make.conversation(cls.cast.pennvale_site, slug="pennvale", name="Ravi")

    def take(self, viewer: Viewer, what: str, **given: str) -> Any:
        path = f"/policy/clauses/6.5/{what}"
        answer: Any = client_of(viewer).get(path, PERIOD | given)
        assert answer.status_code == 200, answer.content
        return answer

    def test_a_csv_says_what_it_is_about_and_what_its_figures_mean(self) -> None:
        lines = lines_of(self.take(self.cast.noor, "figures.csv"))

        told = about(lines)
        assert lines[0] == ["How well clause 6.5 was kept"]
        assert told["Period"] == "2026-11-01 to 2026-11-30, both counted"
        assert told["Time zone"] == "Europe/London"
        assert (told["Taken by"], told["Policy versions"]) == ("Noor", "1")
        assert "in per cent" in told["Attainment"]
        header = next(line for line in lines if line[:1] == ["Part"])
        whole = next(line for line in lines if line[:2] == ["all", "first response"])
        assert dict(zip(header, whole, strict=True))["Received"] == "3"
        assert {line[1] for line in lines if line[:1] == ["brand"]} == {"Red Kite", "Pennvale"}

    def test_the_three_forms_say_the_same(self) -> None:
        lines = lines_of(self.take(self.cast.noor, "figures.csv"))
        book = openpyxl.load_workbook(io.BytesIO(self.take(self.cast.noor, "figures.xlsx").content))
        text = "".join(
            page.extract_text()
            for page in PdfReader(
                io.BytesIO(self.take(self.cast.noor, "figures.pdf").content)
            ).pages
        )

        begin = next(number for number, line in enumerate(lines) if line[:1] == ["Part"])
        rows = [[shown(cell) for cell in row]
                for row in book["Figures"].iter_rows(values_only=True)]  # fmt: skip
        assert rows == [[shown(cell) for cell in line] for line in lines[begin : begin + len(rows)]]
        assert "Europe/London" in text
        assert "first response" in text

    def test_rows_are_those_behind_the_figure_with_times_and_their_offset(self) -> None:
        lines = lines_of(self.take(self.cast.noor, "rows.csv", measure="received"))

        begin = next(number for number, line in enumerate(lines) if line[:1] == ["Conversation"])
        rows = [dict(zip(lines[begin], line, strict=True)) for line in lines[begin + 1 : begin + 4]]
        assert {row["Name"] for row in rows} == {"Dawn", "Mira", "Ravi"}
        assert rows[0]["Received"] == "2026-11-24T11:40:00+00:00"
        assert rows[0]["Due"] == "2026-11-24T15:40:00+00:00"
        assert about(lines)["Rows"] == "3"

    def test_the_pages_lead_to_the_files_for_the_same_period_and_part(self) -> None:
        noor = client_of(self.cast.noor)
        part = PERIOD | {"measure": "received", "platform": "website", "after": "0"}
        for page, asked, count in (
            ("/policy/clauses/6.5/", PERIOD, 3),
            ("/policy/clauses/6.5/rows/", part, 3),
        ):
            text = noor.get(page, asked).content.decode()
            links = [unescape(one) for one in re.findall(r'href="(/[^"]+\.csv[^"]*)"', text)]

            with self.subTest(page=page):
                assert len(links) == 1
                assert "from=2026-11-01" in links[0]
                assert "after" not in links[0]
                assert str(count) in str(lines_of(noor.get(links[0])))

    def test_each_sees_the_figures_of_their_own_brands(self) -> None:
        only_kite = make.person("Lena", Role.LEAD, brand_id=self.cast.red_kite)

        lines = lines_of(self.take(only_kite, "figures.csv"))
        rows = lines_of(self.take(only_kite, "rows.csv"))

        assert about(lines)["Brands"] == "Red Kite"
        assert "Ravi" not in str(rows)
        assert "Dawn" in str(rows)
        other = PERIOD | {"brand": str(self.cast.pennvale)}
        refused = client_of(only_kite).get("/policy/clauses/6.5/rows.csv", other)
        assert refused.status_code == 404

    def test_whoever_may_not_read_figures_takes_none(self) -> None:
        for what in ("figures.csv", "rows.xlsx", "figures.pdf"):
            answer = client_of(self.cast.sam).get(f"/policy/clauses/6.5/{what}", PERIOD)

            assert answer.status_code == 403

    def test_taking_them_is_on_record(self) -> None:
        self.take(self.cast.beth, "rows.xlsx", measure="kept")

        (entry,) = audit.trail("clause", "6.5")
        assert (entry.verb, entry.actor_name) == (Verb.FIGURES_EXPORTED, "Beth")
        assert (entry.details["form"], entry.details["what"]) == ("xlsx", "kept")
        assert (entry.details["from"], entry.details["to"]) == ("2026-11-01", "2026-11-30")

    def test_an_unknown_form_or_figure_is_not_there(self) -> None:
        noor = client_of(self.cast.noor)
        for what in ("figures.exe", "rows.csv?measure=nothing", "rows.csv?hour=x"):
            assert noor.get(f"/policy/clauses/6.5/{what}").status_code == 404

    def test_a_clause_nothing_came_under_makes_an_empty_table(self) -> None:
        for form in ("csv", "xlsx", "pdf"):
            path = f"/policy/clauses/9.9/figures.{form}"

            assert client_of(self.cast.noor).get(path, PERIOD).status_code == 200

    def test_a_residents_name_is_never_a_formula(self) -> None:
        for name in FORMULAS:
            Conversation.objects.filter(name="Dawn").update(name=name)
            lines = lines_of(self.take(self.cast.noor, "rows.csv"))
            names = [line[1] for line in lines if len(line) > 2]
            with self.subTest(name=name):
                assert f"'{name}" in names
            Conversation.objects.filter(name=name).update(name="Dawn")


def of(*names: str) -> Table:
    return Table(
        title="=1+1",
        about=(("Taken by", "@Noor"),),
        columns=("Name", "Number"),
        rows=tuple((name, -4.5) for name in names),
        meanings=(("-", "+"),),
        made_at=NOW,
    )


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    file = table.as_xlsx(of(*FORMULAS, "\x00\x07\ufffe\ud800Dawn"))

    book = openpyxl.load_workbook(io.BytesIO(file))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [row[0] for row in book["Figures"].iter_rows(min_row=2, values_only=True)][:4] == list(
        FORMULAS[:4]
    )
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets/" in name]
    assert sheets
    assert all(b"<f>" not in sheet for sheet in sheets)


def test_a_csv_makes_text_plain_and_leaves_figures_alone() -> None:
    lines = list(csv.reader(io.StringIO(table.as_csv(of(*FORMULAS)).decode("utf-8-sig"))))

    assert lines[0] == ["'=1+1"]
    assert lines[1] == ["Taken by", "'@Noor"]
    assert [line[0] for line in lines[4:12]] == [f"'{name}" for name in FORMULAS]
    assert {line[1] for line in lines[4:12]} == {"-4.5"}
    assert lines[-1] == ["'-", "'+"]


def test_a_table_too_long_for_paper_says_so() -> None:
    pdf = PdfReader(io.BytesIO(table.as_pdf(of(*["Dawn"] * (table.MOST_ON_PAPER + 7)))))

    assert any("7 further rows are left out" in page.extract_text() for page in pdf.pages)
