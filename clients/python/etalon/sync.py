"""`etalon sync FOLDER`: sends what runs left in a spill folder."""

import argparse
import os
import sys

from . import settings, spill
from .delivery import deliver_folder
from .transport import NotNow, Server


def main(arguments=None):
    """The command line; returns the exit code: 0 when everything is with the server."""
    parser = argparse.ArgumentParser(prog="etalon", description="Send training runs to Etalon.")
    commands = parser.add_subparsers(dest="command", metavar="sync")
    about = "send what runs left while the server was away, also what it refused before"
    one = commands.add_parser("sync", help=about, description=about + ". The key is taken from ETALON_API_KEY or ETALON_API_KEY_FILE.")
    one.add_argument("folder", nargs="?", help="a spill folder, or one run's folder in it; without it the one of this user and server")
    one.add_argument("--url", help="the server, instead of ETALON_URL")
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 2
    return sync(given.folder, given.url)


def sync(folder=None, url=None):
    """Sends every run below `folder`; prints a line for each to stdout. Returns 0, or 1 when something stays."""
    address = settings.server_url(url)
    key = settings.api_key(None, lambda message, *args: _say(message % args))
    root = settings.spill_folder(folder, address)
    if not os.path.isdir(root):
        _say("%s is not a folder" % root)
        return 1 if folder else 0
    single = os.path.isfile(os.path.join(root, "run.json"))
    found = [spill.Folder(root)] if single else spill.folders(root)
    server = Server(address, key)
    left = 0
    for one in found:
        left += 0 if _send(server, address, one) else 1
    print("%d of %d runs sent from %s" % (len(found) - left, len(found), root))
    return 1 if left else 0


def _send(server, address, folder):
    try:
        if not folder.claim():
            _say("%s is in use by a running program, which sends it itself" % folder.path)
            return False
        folder.accept()
        sent = deliver_folder(server.post, address, folder, lambda _key, message: _say(message))
        if sent:
            folder.clear()
            print("sent %s" % folder.path)
        return sent and not os.path.isdir(folder.path)
    except (NotNow, OSError) as e:
        _say("%s: %s" % (folder.path, e))
        return False
    finally:
        folder.release()


def _say(message):
    sys.stderr.write("etalon: %s\n" % message)
