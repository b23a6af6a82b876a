package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/pflag"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// backup asks a running server on this machine for a backup, as a directory or as
// a tar stream on standard output.
func backup(ctx context.Context, args []string, out, errs io.Writer) error {
	f := pflag.NewFlagSet("kalamsql backup", pflag.ContinueOnError)
	f.SetOutput(errs)
	addr := f.String("sql-addr", "127.0.0.1:5454", "address of the server")
	user := f.String("user", "postgres", "a superuser")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("usage: kalamsql backup [--sql-addr ADDRESS] [--user USER] DIRECTORY|-")
	}
	host, port, err := net.SplitHostPort(*addr)
	if err != nil {
		return err
	}
	c, err := pgconn.Connect(ctx, fmt.Sprintf("host=%s port=%s user=%s database=postgres sslmode=prefer", host, port, *user))
	if err != nil {
		return err
	}
	defer c.Close(context.Background())
	target := f.Arg(0)
	if target == "-" {
		parent, err := os.MkdirTemp("", "kalamsql-backup-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(parent)
		target = filepath.Join(parent, "data")
	} else if target, err = filepath.Abs(target); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "BACKUP TO '"+strings.ReplaceAll(target, "'", "''")+"'").ReadAll(); err != nil {
		return err
	}
	if f.Arg(0) != "-" {
		return nil
	}
	t := tar.NewWriter(out)
	return errors.Join(t.AddFS(os.DirFS(target)), t.Close())
}

// restore makes a data directory of a backup, and looks whether it is whole.
func restore(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	f := pflag.NewFlagSet("kalamsql restore", pflag.ContinueOnError)
	f.SetOutput(errs)
	data := f.String("data", "./kalamsql-data", "data directory to make")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("usage: kalamsql restore [--data DIRECTORY] BACKUP|-")
	}
	if entries, err := os.ReadDir(*data); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is there already and not empty", *data)
	}
	if f.Arg(0) == "-" {
		if err := unpack(in, *data); err != nil {
			return err
		}
	} else if err := os.CopyFS(*data, os.DirFS(f.Arg(0))); err != nil {
		return err
	}
	return verify(ctx, *data, out)
}

// unpack writes the files of a tar stream; none of them can lie outside dir.
func unpack(in io.Reader, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeDir {
			if err := root.MkdirAll(h.Name, 0o700); err != nil {
				return err
			}
			continue
		}
		w, err := root.Create(h.Name)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, t)
		if err := errors.Join(err, w.Sync(), w.Close()); err != nil {
			return err
		}
	}
}

// check verifies the data directory of a server that does not run.
func check(ctx context.Context, args []string, out, errs io.Writer) error {
	f := pflag.NewFlagSet("kalamsql check", pflag.ContinueOnError)
	f.SetOutput(errs)
	data := f.String("data", "./kalamsql-data", "data directory")
	if err := f.Parse(args); err != nil {
		return err
	}
	if _, err := os.Stat(*data); err != nil {
		return err
	}
	return verify(ctx, *data, out)
}

func verify(ctx context.Context, data string, out io.Writer) error {
	log := slog.New(slog.DiscardHandler)
	store, err := tables.Open(ctx, tables.Options{Storage: storage.Options{Dir: data, Logger: log}, Logger: log, IndexCode: plan.IndexCode, ExclusionCode: plan.ExclusionCode})
	if err != nil {
		return fmt.Errorf("open %s: %w", data, err)
	}
	v, err := store.Verify(ctx)
	err = errors.Join(err, store.Close())
	for _, p := range v.Problems {
		fmt.Fprintln(out, "problem:", p)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d tables with %d rows and %d index entries, %d commits in the change log, the newest is %d\n", data, v.Tables, v.Rows, v.Entries, v.Commits, v.Last)
	if len(v.Problems) > 0 {
		return fmt.Errorf("%d problems", len(v.Problems))
	}
	return nil
}
