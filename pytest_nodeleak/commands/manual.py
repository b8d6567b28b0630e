"""What ``--help`` prints: the reference of the commands."""

from __future__ import annotations

__all__ = [
    "DESCRIPTION",
    "DIFF",
    "DIFF_EPILOG",
    "DOCTOR",
    "EPILOG",
    "EXPLAIN",
    "INIT",
    "REDACT",
    "SHOW",
    "TREND",
    "TREND_EPILOG",
]

DESCRIPTION = """\
Find what piles up in a Node.js heap, from .heapsnapshot files alone: the engine and the
words of pytest --nodeleak, for snapshots that were captured in production.

  diff BEFORE AFTER [LATER]   who grew between snapshots of one process
  show FILE                   what is in a snapshot, and what keeps it there
  redact IN OUT               a copy that is safe to hand on: its data replaced
  explain NAME                what a kind or category means, and what ends it
  trend OLD [...] NEW         how the rates of checks went, in saved baselines

And for pytest --nodeleak itself:

  init [DIR]                  write the first test, configuration and CI job of an app
  doctor                      what will work on this machine, and what will not

How to capture a snapshot: v8.writeHeapSnapshot() in the app, or start it with
--heapsnapshot-signal=SIGUSR2 and send it that signal; or DevTools' Memory panel. The app
stands still meanwhile, and needs about as much memory again.
"""
EPILOG = """\
exit status:
  0  done; diff: nothing grew
  1  diff: something grew; doctor: checks cannot run here
  2  wrong usage, or a file that cannot be read or compared
"""
DIFF = """\
Compare two or three snapshots of one process, in the order they were taken. Objects that
were born between them and are still there are counted under their holder, the first older
object on their path, less what died there; the holders that gained most come first.

Two snapshots only suggest: a cache that is still filling looks like a leak. Of three, with
about the same load between them, only what grew both times is shown. Capture the first one
when the app has warmed up.

Objects keep their ids only within one process, so snapshots of different processes, or
from before and after a restart, are refused.
"""
DIFF_EPILOG = """\
examples:
  python -m pytest_nodeleak diff monday.heapsnapshot tuesday.heapsnapshot
  python -m pytest_nodeleak diff a.heapsnapshot b.heapsnapshot c.heapsnapshot \\
      --app ~/my-service --requests 5000 5200
"""
SHOW = """\
Summarise one snapshot: its nodes by type; the classes, modules and packages that keep most
alive; strings that are there several times; the functions' variables that keep most; and
the biggest single objects.

"retained" is what would go if the objects went. "held" puts each object down to one
function's file, the nearest one on its most natural path from the roots.
"""
REDACT = """\
Write a copy of a snapshot that can be handed on: the graph, all sizes and all ids stay, so
that diff, show and DevTools work as before, but whatever may carry data is replaced by
placeholders such as <string of 23 characters #17>.

Replaced: the text of all strings, regular expressions, symbols and numbers; names of
properties, and of classes, that the program's code does not spell out (keys of a table by
e-mail address, for example); queries and credentials in script names; recorded allocation
stacks are left out. Kept: names of functions, classes, variables and properties in the
program's code, paths of script files, V8's and Node.js' own names; lengths, and which
texts are equal.

The file is readable by its owner only, and appears when it is complete.
"""
EXPLAIN = """\
Print the page on a kind of finding or a category: what happens, what ends it, how to see
it by hand, what looks alike. Its name is the word that a report's "to fix" row ends with,
such as listener or container_trap.
"""
INIT = """\
Write the first test of an app, its configuration for pytest and a CI job. What is needed
is read from package.json and from the sources; the app is started once, and only routes
that answer a GET request are put into the test (--no-start leaves that out).

A file that is there is never overwritten; what had to go into it is printed instead.
"""
DOCTOR = """\
Look at this machine and say what of pytest --nodeleak will work here, and what will not:
the Node.js binary and its inspector, memory limits, libcurl, disk, /proc, the CPU, the
packages.

Each line is ok, warn (something will not work, or less well) or fails (no check can run).
"""
TREND = """\
Print how the rates of checks went from one saved baseline to the next: a line for each leak
and counter that ever grew, with its first and its last rate, and whether that is a change.

Files are taken in the order they are given, the oldest first. A dot in a curve is a file
that does not have the check.
"""
TREND_EPILOG = """\
examples:
  python -m pytest_nodeleak trend .nodeleak/2026-*.json
  for tag in v2.0 v2.1 v2.2; do git show $tag:.nodeleak/main.json > $tag.json; done
  python -m pytest_nodeleak trend v2.0.json v2.1.json v2.2.json
"""
