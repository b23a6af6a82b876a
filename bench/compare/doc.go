// Command compare measures kalamsql beside PostgreSQL 15 on the same machine
// and disk, in one run, and prints ratios: absolute figures drift from machine
// to machine, ratios less so.
//
//	make bench                          # all of it
//	go run ./bench/compare -only write  # one part: write, read, subscribers, delivery
//
// Both servers are started on data directories of their own under -work and
// stopped at the end. The load is PostgreSQL's own pgbench for throughput, so
// that neither server is measured through a client made for it; live changes
// are received by this program. Rounds of the two servers alternate, and the
// median round counts.
package main
