"""All errors of pytest-nodeleak, split by who can do something about them.

::

    NodeLeakError
    ├── InvalidSetting         the user: an option, marker or argument has a wrong value
    ├── NodeNotFound           the user: no usable Node.js binary
    ├── CommandNotFound        the user: the app's command does not exist
    ├── ExtraMissing           the user: a package is needed that is not installed
    ├── CannotAttach           the user: no app to be measured at this address
    ├── NotAvailable           the user: this is known of apps only that we have started
    ├── TooFewDescriptors      the user: pytest itself may open too few files
    ├── AppPaused              the user: another debugger has stopped the app
    ├── AppStopped             the user: a signal has stopped the app
    ├── AppError               the app
    │   ├── AppExited          it ended by itself
    │   │   └── AppCrashed     it did so during a check, and this is why
    │   ├── AppHangs           its event loop does not come round any more
    │   ├── AppNotReady        it never listened or never answered
    │   └── LoadFailed         it answered, but not what a valid load needs
    │       ├── DescriptorsExhausted  since it had no file descriptor left
    │       ├── RepetitionFailed   a test that is repeated did not pass again
    │       └── NothingReceived    nor called the app again
    ├── InspectorError         the inspector connection
    │   ├── InspectorClosed    the other side went away
    │   ├── CommandFailed      V8 refused a command
    │   ├── AnswerMalformed    what answered is not Node.js, or not as it was
    │   ├── ScriptThrew        our own script threw inside the app
    │   ├── InspectorTooSlow   an answer did not come in time, though nothing hangs
    │   └── WorkerBlocks       a worker thread is not to be looked into
    ├── DeadlineExceeded       a wait took longer than allowed
    ├── SnapshotUnreadable     the user: there is no such snapshot file, or no reading it
    ├── SnapshotsUnrelated     the user: these snapshots cannot be compared
    ├── FileNotWritable        the user: what was asked for cannot be written there
    └── SnapshotFormatError    a heap snapshot is not what V8 writes

    LeakDetected (AssertionError)   the verdict of a check, raised by ``assert_bounded``
    DoesNotFit (AssertionError)     the sum is too large, raised by ``assert_fits``

Every error keeps its facts as attributes and builds its text in ``__str__``.
"""

from __future__ import annotations

from pytest_nodeleak.exceptions.app import (
    KNOWN_ELSEWHERE,
    AppCrashed,
    AppError,
    AppExited,
    AppHangs,
    AppNotReady,
    DescriptorsExhausted,
    LoadFailed,
    describe_exit,
)
from pytest_nodeleak.exceptions.base import DeadlineExceeded, NodeLeakError
from pytest_nodeleak.exceptions.inspector import (
    AnswerMalformed,
    CommandFailed,
    InspectorClosed,
    InspectorError,
    InspectorTooSlow,
    ScriptThrew,
    WorkerBlocks,
)
from pytest_nodeleak.exceptions.repetition import NothingReceived, RepetitionFailed
from pytest_nodeleak.exceptions.snapshots import (
    SnapshotFormatError,
    SnapshotsUnrelated,
    SnapshotUnreadable,
)
from pytest_nodeleak.exceptions.usage import (
    AppPaused,
    AppStopped,
    CannotAttach,
    CommandNotFound,
    ExtraMissing,
    FileNotWritable,
    InvalidSetting,
    LoadCommandFailed,
    NodeNotFound,
    NotAvailable,
    TooFewDescriptors,
    UntrustedCertificate,
)
from pytest_nodeleak.exceptions.verdicts import DoesNotFit, LeakDetected

__all__ = [
    "KNOWN_ELSEWHERE",
    "AnswerMalformed",
    "AppCrashed",
    "AppError",
    "AppExited",
    "AppHangs",
    "AppNotReady",
    "AppPaused",
    "AppStopped",
    "CannotAttach",
    "CommandFailed",
    "CommandNotFound",
    "DeadlineExceeded",
    "DescriptorsExhausted",
    "DoesNotFit",
    "ExtraMissing",
    "FileNotWritable",
    "InspectorClosed",
    "InspectorError",
    "InspectorTooSlow",
    "InvalidSetting",
    "LeakDetected",
    "LoadCommandFailed",
    "LoadFailed",
    "NodeLeakError",
    "NodeNotFound",
    "NotAvailable",
    "NothingReceived",
    "RepetitionFailed",
    "ScriptThrew",
    "SnapshotFormatError",
    "SnapshotUnreadable",
    "SnapshotsUnrelated",
    "TooFewDescriptors",
    "UntrustedCertificate",
    "WorkerBlocks",
    "describe_exit",
]
