"""Tests of results.py and of results.csv: `python3 -m unittest discover -s bench`."""

import csv
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import report
import results
from report import Row

BENCHES = {"a": "first", "b": "second"}


def row(tool, metric, median, date="2026-01-02T00:00:00Z", ratio="", bar="", verdict=""):
    return {"date": date, "machine": "m", "cores": "2", "load": "0.1", "bench": "a", "tool": tool, "version": "1",
            "metric": metric, "median": str(median), "min": str(median), "max": str(median), "n": "1", "bar": bar,
            "verdict": verdict, "ratio": ratio}


class Results(unittest.TestCase):
    def test_the_peer_stands_beside_forebear(self):
        rows = [row("forebear", "CPU s", 2), row("peer", "CPU s", 6, ratio="3", bar="ratio >= 2", verdict="PASS")]
        self.assertEqual(results.beside(rows), [(rows[0], rows[1])])
        self.assertIn("| CPU s | 2 | 6 | peer 1 | 3.00 | ratio >= 2 | PASS |", results.section("a", "first", rows))

    def test_other_words_are_matched_by_the_ratio(self):
        rows = [row("forebear", "CPU s of the reader", 2), row("peer", "CPU s", 5, ratio="2.5")]
        self.assertEqual(results.beside(rows), [(rows[0], rows[1])])

    def test_a_row_with_a_bar_of_its_own_is_not_lost(self):
        rows = [row("forebear", "MB", 2, bar="< 3", verdict="PASS"), row("peer", "MB", 6), row("forebear", "x", 1)]
        self.assertEqual(results.beside(rows), [(rows[0], None), (rows[0], rows[1]), (rows[2], None)])

    def test_a_peer_alone_has_no_ratio(self):
        text = results.section("a", "first", [row("peer", "CPU s", 6)])
        self.assertIn("| CPU s |  | 6 | peer 1 |  |  |  |", text)
        self.assertIn("forebear not installed", text)

    def test_the_last_run_counts_and_what_did_not_run_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            with open(path, "w", newline="") as file:
                writer = csv.DictWriter(file, report.COLUMNS)
                writer.writeheader()
                writer.writerow(row("forebear", "CPU s", 9, date="2026-01-01T00:00:00Z"))
                writer.writerow(row("forebear", "CPU s", 2, bar="< 3", verdict="PASS"))
            target = results.write(BENCHES, path, Path(folder) / "RESULTS.md")
            text = target.read_text()
        self.assertIn("| [a](#a) | 2026-01-02 | 1 | 1 of 1 |", text)
        self.assertNotIn("| 9 |", text)
        self.assertIn("| b | not run |", text)
        self.assertIn("- b: second", text)

    def test_without_results_nothing_is_claimed(self):
        text = results.page(BENCHES, results.read_runs(Path("/nowhere/results.csv")), {})
        self.assertNotIn("PASS", text)
        self.assertIn("- a: first", text)

    def test_what_ran_on_another_computer_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            path, target = Path(folder) / "results.csv", Path(folder) / "RESULTS.md"

            def run(bench, median):
                with open(path, "w", newline="") as file:
                    writer = csv.DictWriter(file, report.COLUMNS)
                    writer.writeheader()
                    writer.writerow(row("forebear", "CPU s", median, bar="< 3", verdict="PASS") | {"bench": bench})
                return results.write(BENCHES, path, target).read_text()

            first = run("a", 2.25)
            self.assertIn("- b: second", first)
            both = run("b", 1.25)
            self.assertTrue(all(part in both for part in ("| [a](#a) | 2026-01-02 | 1 | 1 of 1 |", "2.25", "1.25")))
            self.assertNotIn("not run", both.replace("last run", ""))
            self.assertEqual(both, results.write(BENCHES, path, target).read_text())
            self.assertNotIn("2.25", run("a", 2.75))

    def test_older_results_get_the_column_of_ratios(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            old = [name for name in report.COLUMNS if name != "ratio"]
            path.write_text(",".join(old) + "\n" + ",".join(["1"] * len(old)) + "\n")
            with mock.patch.object(report, "RESULTS", path):
                report.append("a", [Row("peer", "1", "CPU s", [6.0], ratio=3.0)])
            with open(path, newline="") as lines:
                rows = list(csv.DictReader(lines))
        self.assertEqual([each["ratio"] for each in rows], ["", "3"])
        self.assertEqual(rows[1]["tool"], "peer")


if __name__ == "__main__":
    unittest.main()
