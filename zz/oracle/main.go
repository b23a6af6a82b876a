// reads JSON strings on stdin, writes PostgreSQL's raw-parse verdict.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/jackc/pgx/v5/pgconn"
)

type v struct {
	Code, Message, Hint string
	Pos        int
}

func main() {
	ctx := context.Background()
	c, err := pgconn.Connect(ctx, "host=127.0.0.1 port=15432 user=postgres database=postgres sslmode=disable")
	if err != nil {
		panic(err)
	}
	const pre = "SELECT 1/0;"
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for in.Scan() {
		var s string
		json.Unmarshal(in.Bytes(), &s)
		_, err := c.Exec(ctx, pre+s).ReadAll()
		var pe *pgconn.PgError
		var out v
		if errors.As(err, &pe) {
			if pe.Code != "22012" {
				out = v{pe.Code, pe.Message, pe.Hint, int(pe.Position)}
				if out.Pos > 0 {
					out.Pos -= len(pre)
				}
			}
		} else {
			panic(err)
		}
		enc.Encode(out)
	}
}
