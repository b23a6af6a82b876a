// Command compat runs other people's programs against kalamsql and against a
// real PostgreSQL 15, and prints what passes at each.
//
//	make compat                              # all of it
//	go run ./bench/compat -only pgx          # one suite
//	go run ./bench/compat -only pq -v        # with the output of what fails here alone
//	go run ./bench/compat -run TestConnCopy  # some tests only
//
// The suites of Go drivers, ORMs and tools (list.go) are copied out of the module cache, which go mod
// download fills, and run unchanged with -json. What PostgreSQL itself fails (a
// suite expects a newer version, or certificates that are not set up) does not
// count; the score is the share of the rest that passes here as well.
//
// The programs in clients/ are small, in the languages that drivers are in, and with GORM, whose
// suite is in no module. Each
// prints what it sees of types, errors, COPY, cursors, notifications and metadata,
// and must print the same on both servers: -only programs. They need Debian's
// packages, which it names, and what clients/package.json pins.
package main
