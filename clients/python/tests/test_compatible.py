"""The package is for Python 3.8 and later: its grammar and the library names it uses, checked on any Python."""

import ast
import os
import unittest

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "etalon")
BACKEND = os.path.join(PACKAGE, "..", "build_wheel.py")

# Modules, names in modules and methods that came after 3.8.
NEWER_MODULES = {"zoneinfo", "graphlib", "tomllib"}
NEWER_NAMES = {
    "functools": {"cache"},
    "math": {"lcm", "nextafter", "ulp", "cbrt", "exp2", "sumprod", "fma"},
    "random": {"randbytes", "binomialvariate"},
    "itertools": {"pairwise", "batched"},
    "os": {"waitstatus_to_exitcode", "pidfd_open", "eventfd", "splice", "process_cpu_count", "unshare"},
    "os.path": {"isjunction", "splitroot", "isdevdrive"},
    "asyncio": {"to_thread", "TaskGroup", "timeout", "Runner"},
    "contextlib": {"aclosing", "chdir"},
    "threading": {"gettrace", "getprofile", "setprofile_all_threads"},
    "datetime": {"UTC"},
    "enum": {"StrEnum", "verify", "member"},
    "sys": {"exception", "orig_argv", "stdlib_module_names", "activate_stack_trampoline"},
    "types": {"UnionType", "NoneType", "EllipsisType", "get_original_bases"},
    "typing": {"Annotated", "TypeAlias", "ParamSpec", "Self", "Never", "override"},
    "inspect": {"get_annotations", "getmembers_static"},
    "hashlib": {"file_digest"},
    "queue": {"ShutDown"},
    "signal": {"pidfd_send_signal"},
    "logging": {"getLevelNamesMapping", "getHandlerByName"},
    "operator": {"call"},
    "copy": {"replace"},
    "warnings": {"deprecated"},
}
NEWER_METHODS = {"removeprefix", "removesuffix", "bit_count", "is_relative_to", "with_stem", "readlink", "hardlink_to", "randbytes", "add_note", "walk_up"}
NEWER_KEYWORDS = {
    "run": {"process_group"}, "dataclass": {"slots", "kw_only", "match_args", "weakref_slot"}, "zip": {"strict"},
    "basicConfig": {"encoding"}, "md5": {"usedforsecurity"}, "sha256": {"usedforsecurity"},
    "sha1": {"usedforsecurity"}, "ArgumentParser": {"exit_on_error", "suggest_on_error"}, "extractall": {"filter"},
    "rmtree": {"onexc", "dir_fd"}, "shutdown": {"cancel_futures"}, "TemporaryDirectory": {"ignore_cleanup_errors", "delete"},
    "NamedTemporaryFile": {"delete_on_close"},
}


def newer(tree):
    """Descriptions of what of the tree 3.8 does not have."""
    found, modules = [], {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name] = alias.name
                if alias.name.split(".")[0] in NEWER_MODULES:
                    found.append("import %s" % alias.name)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            if node.module.split(".")[0] in NEWER_MODULES:
                found.append("from %s" % node.module)
            found += ["%s.%s" % (node.module, a.name) for a in node.names if a.name in NEWER_NAMES.get(node.module, ())]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module = modules.get(ast.unparse(node.value)) if hasattr(ast, "unparse") else modules.get(getattr(node.value, "id", None))
            if node.attr in NEWER_METHODS or node.attr in NEWER_NAMES.get(module, ()):
                found.append("." + node.attr)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            found += ["%s(%s=)" % (name, k.arg) for k in node.keywords if k.arg in NEWER_KEYWORDS.get(name, ())]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            if isinstance(node.left, (ast.Dict, ast.DictComp)) or isinstance(node.right, (ast.Dict, ast.DictComp)):
                found.append("dict | dict")
        elif isinstance(node, ast.Subscript) and getattr(node.value, "id", None) in ("list", "dict", "tuple", "set"):
            found.append("%s[...]" % node.value.id)
    return found


def files():
    return [os.path.join(PACKAGE, name) for name in sorted(os.listdir(PACKAGE)) if name.endswith(".py")] + [BACKEND]


class Compatible(unittest.TestCase):
    def test_every_file_is_python_3_8(self):
        self.assertGreater(len(files()), 8)
        for path in files():
            with open(path, encoding="utf-8") as f:
                source = f.read()
            tree = ast.parse(source, path, feature_version=(3, 8))
            self.assertEqual(newer(tree), [], path)
            self.assertLess(source.count("\n"), 400, path)

    def test_the_check_sees_what_is_newer(self):
        for line in (
            "'ab'.removeprefix('a')", "import functools\nfunctools.cache", "from functools import cache", "import zoneinfo", "import math\nmath.lcm(1, 2)",
            "x = {} | {'a': 1}", "x: list[int] = []", "zip(a, b, strict=True)", "import itertools as it\nit.pairwise(x)", "hashlib.md5(b'', usedforsecurity=False)",
        ):
            self.assertTrue(newer(ast.parse(line)), line)
        for line in ("match x:\n    case 1: pass", "def f[T](x: T): pass", "try: pass\nexcept* ValueError: pass"):
            with self.assertRaises(SyntaxError, msg=line):
                ast.parse(line, feature_version=(3, 8))


if __name__ == "__main__":
    unittest.main()
