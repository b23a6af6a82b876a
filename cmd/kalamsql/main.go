// Command kalamsql is the database server and its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // time zones come from the binary, not from the machine

	"github.com/spf13/pflag"

	"github.com/kalamsql/kalamsql/cmd/kalamsql/serve"
)

// version is set by the linker in releases.
var version = "0.1.0-dev"

const usage = `kalamsql is a SQL database that any PostgreSQL client can use and whose query results can be watched.

Usage:
  kalamsql serve [flags]     run the server (kalamsql serve --help lists the flags)
  kalamsql backup TARGET     copy a running server's data to a directory, or as a tar stream to "-"
  kalamsql restore BACKUP    make a data directory (--data) of a backup, or of a tar stream on "-"
  kalamsql check             verify the data directory (--data) of a server that does not run
  kalamsql parse [--jsonl]   read SQL on standard input, write it in canonical form
  kalamsql version           print the version
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// report says what went wrong, and gives the exit code.
func report(err error) int {
	if err == nil || errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(os.Stderr, "kalamsql:", err)
	return 1
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	switch args[0] {
	case "serve":
		return serve.Main(ctx, version, args[1:], os.Stdout, os.Stderr)
	case "backup":
		return report(backup(ctx, args[1:], os.Stdout, os.Stderr))
	case "restore":
		return report(restore(ctx, args[1:], os.Stdin, os.Stdout, os.Stderr))
	case "check":
		return report(check(ctx, args[1:], os.Stdout, os.Stderr))
	case "parse":
		return parse(args[1:], os.Stdin, os.Stdout, os.Stderr)
	case "version", "--version", "-v":
		fmt.Printf("kalamsql %s (PostgreSQL %s compatible)\n", version, serve.ServerVersion)
		return 0
	case "help", "--help", "-h":
		fmt.Print(usage)
		return 0
	}
	fmt.Fprintf(os.Stderr, "kalamsql: unknown command %q\n\n%s", args[0], usage)
	return 2
}
