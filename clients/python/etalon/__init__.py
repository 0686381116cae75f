"""Send training runs to Etalon. Standard library only, Python 3.8 or newer.

    import etalon
    run = etalon.init(project="quickstart", config={"lr": 3e-3})
    run.log({"loss": 2.3}, step=10, tokens=40960)
    run.finish()

The server and the key come from ETALON_URL and ETALON_API_KEY (or ETALON_API_KEY_FILE), or from `init(url=..., key=...)`.
Logging puts a point into a queue and returns; a background thread keeps batches in a folder each second and sends them.
While the server is away they stay there and are sent when it is back, also by a later process or by
`python -m etalon sync FOLDER`. Nothing here raises into the training program or waits for the network, except
`finish()`, which waits up to `timeout` seconds for what is still queued.
"""

import os
import urllib.parse

from . import hooks, settings
from .begin import begin_of
from .run import Run, SilentRun, quiet_warner
from .transport import Server

__all__ = ["Run", "init", "recommendation"]
__version__ = "0.2.0"

_HEARTBEAT_EVERY = 30.0  # seconds


def init(project, id=None, name=None, config=None, dimensions=None, tags=None, url=None, key=None, spill=None,
         all_ranks=False, alongside=False):
    """Begin a run, or resume the one with the same `id`. Returns at once; never raises for what it is given.

    project     slug of the project
    id          any text or number; the same again resumes the run, and steps that are counted go on after its last
    name, tags  what people see: up to 200 characters; a text, or several of up to 100 characters
    config      anything dict-like (also argparse.Namespace, dataclasses): numbers stay numbers, the rest becomes text
    dimensions  what curves are made of: peakLr, batchSeqs (sequences), seqLen (tokens), tokens, paramsNonEmbedding, width ...
    url, key    instead of ETALON_URL and ETALON_API_KEY / ETALON_API_KEY_FILE
    spill       folder for what waits for the server, instead of ETALON_SPILL_DIR or one in the user's cache folder
    all_ranks   send also where RANK, SLURM_PROCID or LOCAL_RANK is above 0 (or ETALON_ALL_RANKS=1); else such a
                process gets a run that takes everything and sends nothing
    alongside   leave the run open that this thread began before; else that run is ended now, as a notebook's cell that
                is run again means it
    """
    if settings.is_silent_rank() and not all_ranks:
        return SilentRun()
    if not alongside:
        hooks.end_earlier()
    warn = quiet_warner()
    address = settings.server_url(url)
    run = Run(
        begin_of(project, id=id, name=name, config=config, dimensions=dimensions, tags=tags, follows=settings.followed()),
        address,
        settings.api_key(key, lambda message, *args: warn("key", message % args)),
        settings.spill_folder(spill, address),
        resumes=id is not None,
        heartbeat_s=lambda: _HEARTBEAT_EVERY,
        warn=warn,
    )
    hooks.add(run)
    return run


def recommendation(id, target=None, url=None, key=None):
    """Read a published recommendation, for another target where one is given ("tokens=1e12,batchSeqs=1024").

    Returns the API's answer as a dict: the schedule's rate is `["result"]["schedule"]["peakLr"]`. Runs that this process
    begins afterwards say that they follow it. Needs the scope `read`. Unlike the rest of this module it waits for the
    server, and raises where there is no answer: advice that cannot be read is none.
    """
    def refuse(message, *args):
        raise ValueError(message % args)

    server = Server(settings.server_url(url), settings.api_key(key, refuse))
    query = "" if target is None else "?" + urllib.parse.urlencode({"target": target})
    answer = server.get("/recommendations/" + urllib.parse.quote(str(id), safe="") + query)
    # As the server writes it, however it was asked for.
    os.environ[settings.FOLLOWED] = str(answer["id"])
    return answer
