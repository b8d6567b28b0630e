"""Heap snapshots: reading, graph, cohorts, holders, names. Pure: no process, no socket."""
