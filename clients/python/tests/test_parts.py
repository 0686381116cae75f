"""The parts without a server: names, lengths, batches, folders, memory."""

import collections.abc
import copy
import enum
import gzip
import io
import json
import os
import pickle
import tempfile
import types
import unittest
from collections import deque
from unittest import mock

from etalon import batches, begin, hooks, sender, settings, spill, values
from etalon.run import Run, SilentRun, _seconds, quiet_warner


def log(step, metrics, tokens=None, counted=False):
    return (step, counted, tokens, 1.0, metrics)


def bodies(items):
    warned = []
    batcher = batches.Batcher(lambda key, message: warned.append((key, message)))
    made = list(batcher.batches(deque(items)))
    return [json.loads(gzip.decompress(b.data)) for b in made], made, warned


class Texts(unittest.TestCase):
    def test_lengths_are_the_servers_utf_16_units(self):
        self.assertEqual(values.text("\U0001f600" * 150, 200), "\U0001f600" * 100)
        self.assertEqual(values.text("a" + "\U0001f600" * 150, 200), "a" + "\U0001f600" * 99)
        for s in ("x" * 30_000, "\U0001f600" * 30_000):
            cut = values.long_text(s, 20_000)
            self.assertLessEqual(len(cut.encode("utf-16-le")) // 2, 20_000)
            self.assertIn("left out", cut)

    def test_halves_of_pairs_and_nul_are_replaced_and_whole_pairs_kept(self):
        self.assertEqual(values.text("a\0\ud800b\udc00\ud83d\ude00"), "a\ufffd\ufffdb\ufffd\U0001f600")

    def test_a_config_is_json_whatever_it_is(self):
        deep = []
        for _ in range(1_000):
            deep = [deep]
        given = {"deep": deep, b"bytes": b"\xff", "type": int, "function": len, "range": range(3), "nan": float("nan")}
        found = begin.begin_of("p", config=given, tags=7, name=None, id=None, dimensions="odd")
        text = json.dumps(found, allow_nan=False)
        self.assertLess(max(len(line) for line in text.split("[" * 150)), len(text) + 1)
        self.assertNotIn("[" * 150, text)
        self.assertEqual(found["tags"], ["7"])
        self.assertEqual(found["config"]["range"], [0, 1, 2])
        self.assertIn("dimensions", found["config"][begin.LEFT_OUT])

    def test_a_config_too_large_for_the_server_loses_its_largest_keys_only(self):
        found = begin.begin_of("p", config={"lr": 0.1, "blob": "x" * 20_000_000})["config"]
        self.assertEqual([found["lr"], found["blob"][:9]], [0.1, "(left out"])

    def test_objects_with_fields_are_configs(self):
        import argparse

        self.assertEqual(begin.begin_of("p", config=argparse.Namespace(lr=1))["config"], {"lr": 1})


    def test_texts_of_an_enumeration_are_their_values(self):
        class Kind(str, enum.Enum):
            ADAM = "adamw"

        self.assertEqual(values.plain({"a": Kind.ADAM, Kind.ADAM: 1}), {"a": "adamw", "adamw": 1})
        self.assertEqual(bodies([log(1, values.copied({Kind.ADAM: 2.0}))])[0][0]["series"][0]["metric"], "adamw")

    def test_objects_of_other_libraries_are_configs(self):
        class Settings:
            def to_dict(self):
                return {"lr": 1e-3, "inner": types.SimpleNamespace(depth=2)}

        class Items(collections.abc.Sequence):
            def __len__(self):
                return 2

            def __getitem__(self, i):
                return (1, 2)[i]

        Point = collections.namedtuple("Point", "x y")
        self.assertEqual(values.plain(Settings()), {"lr": 1e-3, "inner": {"depth": 2}})
        self.assertEqual(values.plain({"l": Items(), "p": Point(1, 2)}), {"l": [1, 2], "p": {"x": 1, "y": 2}})

    def test_what_is_masked_is_no_number(self):
        class Masked:
            mask, filled = True, None

            def item(self):
                return 0.0

        Shown = type("Shown", (Masked,), {"mask": False, "item": lambda self: 3.0})
        found = values.copied({"hidden": Masked(), "shown": Shown()})
        self.assertIsInstance(found["hidden"], values.Bad)
        self.assertEqual(found["shown"], 3.0)


class Robust(unittest.TestCase):
    def test_a_machine_on_which_nothing_can_be_written_has_a_folder_that_cannot_be_made(self):
        with mock.patch("tempfile.gettempdir", side_effect=FileNotFoundError("none")), mock.patch("os.access", return_value=False):
            folder = settings.spill_folder(None, "http://127.0.0.1:3000")
        self.assertRaises(OSError, os.makedirs, folder)

    def test_a_working_directory_that_is_gone(self):
        with mock.patch("os.getcwd", side_effect=FileNotFoundError("gone")):
            self.assertEqual(settings.spill_folder("spill", ""), "spill")

    def test_a_warning_that_can_be_written_nowhere_raises_nothing(self):
        closed = io.StringIO()
        closed.close()
        for stream in (closed, None):
            with mock.patch("sys.stderr", stream), mock.patch("etalon.run._log.warning", side_effect=RuntimeError):
                quiet_warner()(None, "said")

    def test_any_time_out_is_one(self):
        for given, seconds in ((None, 1e7), (float("inf"), 1e7), ("5", 5.0), (-1, 0.0), ([], 60.0), (10**400, 60.0)):
            self.assertEqual(_seconds(given), seconds)

    def test_a_pickle_is_the_run_without_its_key(self):
        silent = SilentRun()
        self.assertIsInstance(pickle.loads(pickle.dumps(silent)), SilentRun)
        with tempfile.TemporaryDirectory() as folder:
            run = Run(begin.begin_of("p", id="r"), "http://127.0.0.1:9", "etl_secret", folder, warn=lambda *_: None)
            hooks.add(run)
            try:
                data = pickle.dumps(run)
                self.assertNotIn(b"etl_secret", data)
                self.assertIs(pickle.loads(data), run)
                self.assertIs(copy.copy(run), run)
            finally:
                run.finish(timeout=0)


class Names(unittest.TestCase):
    def test_folder_names_are_safe_and_never_meet(self):
        odd = ["a/b", "../x", ".", "..", "", "a:b", "é", "x" * 300, "con.", "a b", "a_b", "a\0b", "\ud800"]
        names = [settings.safe_name(n) for n in odd]
        self.assertEqual(len(set(names)), len(odd))
        for name in names:
            self.assertRegex(name, r"^[A-Za-z0-9_.-]{1,100}$")
            self.assertNotIn(name, (".", ".."))
        self.assertEqual(settings.safe_name("run-1.b"), "run-1.b")

    def test_the_default_folder_is_one_a_server(self):
        with mock.patch.dict(os.environ, {"ETALON_SPILL_DIR": "", "XDG_CACHE_HOME": tempfile.gettempdir()}):
            one, two = (settings.spill_folder(None, "http://h:%d" % port) for port in (1, 2))
        self.assertNotEqual(one, two)

    def test_long_ids_stay_apart(self):
        a, b = (begin.begin_of("p", id="x" * 300 + end)["id"] for end in "ab")
        self.assertNotEqual(a, b)
        self.assertLessEqual(len(a), 200)


class Batches(unittest.TestCase):
    def test_no_batch_is_above_the_limits_and_no_point_is_missing(self):
        items = [log(s, {"m%d" % k: float(k) for k in range(1_750)}) for s in range(12)] + [log(99, {"m%d" % k: 1 for k in range(12_000)})]
        found, made, warned = bodies(items)
        self.assertEqual(sum(len(s["steps"]) for b in found for s in b["series"]), 12 * 1_750 + 12_000)
        self.assertTrue(all(b.points <= 10_000 for b in made))
        self.assertEqual([b["seq"] for b in found], list(range(len(found))))
        self.assertEqual(warned, [])

    def test_long_names_make_small_bodies(self):
        found, made, _ = bodies([log(0, {"%05d" % k + "x" * 490: 1.0 for k in range(9_000)})])
        self.assertTrue(all(len(gzip.decompress(b.data)) < 1_500_000 for b in made))
        self.assertEqual(sum(b.points for b in made), 9_000)

    def test_a_bad_value_warns_once_a_name(self):
        items = [log(i, values.copied({"ok": 1, "a": "x", "b": None})) for i in range(50)]
        found, made, warned = bodies(items)
        self.assertEqual([b.points for b in made], [50])
        self.assertEqual({key for key, _ in warned}, {("value", "a"), ("value", "b")})

    def test_more_names_than_a_run_may_have(self):
        _, made, warned = bodies([log(0, {"m%d" % k: 1.0 for k in range(20_001)})])
        self.assertEqual(sum(b.points for b in made), 20_000)
        self.assertEqual(warned[0][0], "names")

    def test_points_that_a_server_names_are_left_out_alone(self):
        _, made, _ = bodies([log(i, {"a": 1.0, "b": 2.0}, tokens=i) for i in range(3)])
        rest = batches.without(made[0].data, [{"field": "series.0.steps.1", "message": ""}, {"field": "series.1.metric", "message": ""}])
        series = json.loads(gzip.decompress(rest))["series"]
        self.assertEqual([(s["metric"], s["steps"], s["tokens"]) for s in series], [("a", [0, 2], [0.0, 2.0])])
        self.assertIsNone(batches.without(made[0].data, [{"field": "writer", "message": ""}]))

    def test_counted_steps_begin_at_the_base(self):
        _, made, _ = bodies([log(0, {"a": 1.0}, counted=True), log(7, {"a": 1.0})])
        series = json.loads(gzip.decompress(batches.with_base(made[0].data, 100)))["series"]
        self.assertEqual([s["steps"] for s in series], [[100], [7]])
        self.assertTrue(made[0].name.endswith("-c.json.gz"))


class Folders(unittest.TestCase):
    def test_a_folder_has_one_owner(self):
        with tempfile.TemporaryDirectory() as root:
            one = spill.own_folder(root, "run", "w" * 32)
            two = spill.own_folder(root, "run", "v" * 32)
            self.assertNotEqual(one.path, two.path)
            self.assertFalse(spill.Folder(one.path).claim())
            one.release()
            again = spill.Folder(one.path)
            self.assertTrue(again.claim())
            again.clear()
            two.clear()
            self.assertEqual(os.listdir(root), [])

    def test_a_failed_write_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as root:
            folder = spill.Folder(root)
            with mock.patch("os.replace", side_effect=OSError("full")), self.assertRaises(OSError):
                folder.write("run.json", {"a": 1})
            self.assertEqual(os.listdir(root), [])

    def test_batches_are_in_the_order_of_their_writers(self):
        with tempfile.TemporaryDirectory() as root:
            names = ["00000000000002-a-000000000000.json.gz", "00000000000001-b-000000000001.json.gz", "ffff-000000000000.json.gz", "00000000000001-b-000000000000.json.gz"]
            for name in names:
                open(os.path.join(root, name), "wb").close()
            self.assertEqual(spill.Folder(root).batches(), [names[2], names[3], names[1], names[0]])


class Memory(unittest.TestCase):
    def test_what_waits_in_memory_is_bounded_and_a_loss_is_said(self):
        warned = []
        one = sender.Sender.__new__(sender.Sender)
        one._held, one._held_bytes, one._warn = deque(), 0, lambda key, message: warned.append(message)
        with mock.patch.object(sender, "_HELD_BYTES", 250):
            for i in range(4):
                one._hold(batches.Batch("n%d" % i, "w", 5, False, b"x" * 100))
        self.assertEqual([b.name for b in one._held], ["n2", "n3"])
        self.assertEqual([m[:15] for m in warned], ["5 points are LO"] * 2)


if __name__ == "__main__":
    unittest.main()
