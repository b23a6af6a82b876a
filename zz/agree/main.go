package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

type row struct {
	OK   bool
	Kind string
	SQL  string
	PG   struct {
		Code, Message, Hint string
		Pos                 int
	}
}

func main() {
	n := flag.Int("n", 20, "")
	show := flag.String("show", "reject,accept,msg", "")
	flag.Parse()
	f, err := os.Open(flag.Arg(0))
	if err != nil {
		panic(err)
	}
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	count := map[string]int{}
	kinds := map[string]int{}
	print := func(class, text string) {
		count[class]++
		if count[class] <= *n && strings.Contains(","+*show+",", ","+class+",") {
			fmt.Println(text)
		}
	}
	for in.Scan() {
		var r row
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		count["total"]++
		list, err := parser.Parse(r.SQL)
		e := &sqlerr.Error{}
		if err != nil {
			e = sqlerr.From(err).Resolve(r.SQL)
		}
		sql := strings.Join(strings.Fields(r.SQL), " ")
		if len(sql) > 250 {
			sql = sql[:250]
		}
		accepted := err == nil || (string(e.Code) == "0A000" && r.PG.Code != "0A000")
		if err != nil && string(e.Code) == "0A000" {
			count["refused"]++
		}
		if accepted == r.OK {
			count["corpus-agree"]++
		}
		if err == nil && len(list) == 1 && list[0].Statement != nil {
			s := list[0].Statement
			if r.Kind != "" && r.OK && s.Kind() != r.Kind {
				kinds[r.Kind+" "+s.Kind()]++
			}
			d := parser.Deparse(s)
			if d == "" {
				kinds["nodeparse "+s.Kind()]++
			} else if l2, e2 := parser.Parse(d); e2 != nil {
				print("deparse", "DEPARSE "+sql+"\n   => "+d+"\n   "+e2.Error())
			} else if d2 := parser.Deparse(l2[0].Statement); d2 != d || l2[0].Statement.Kind() != s.Kind() {
				print("unstable", "UNSTABLE "+d+"\n   => "+d2)
			} else if t1, t2 := ast.Dump(s), ast.Dump(l2[0].Statement); t1 != t2 {
				print("tree", "TREE "+sql+"\n  "+d+"\n"+t1+"\n"+t2)
			}
			if u, ok := s.(*ast.UnsupportedStmt); ok {
				count["refused"]++
				kinds["unsupported "+u.Construct]++
			}
		}
		switch {
		case r.PG.Code == "" && !accepted:
			print("reject", fmt.Sprintf("FALSE-REJECT %s\n    %s @%d", sql, e.Message, e.Position))
		case r.PG.Code != "" && accepted:
			if r.OK {
				count["newer-accepted"]++
				break
			}
			print("accept", fmt.Sprintf("FALSE-ACCEPT %s\n    %s %s @%d", sql, r.PG.Code, r.PG.Message, r.PG.Pos))
		case r.PG.Code != "":
			if r.OK {
				print("newer", fmt.Sprintf("NEWER %s\n   %s", sql, e.Message))
			}
			count["both-reject"]++
			if string(e.Code) == r.PG.Code && e.Message == r.PG.Message && e.Position == r.PG.Pos && e.Hint == r.PG.Hint {
				count["both-same"]++
			} else {
				print("msg", fmt.Sprintf("MSG %s\n    pg   %s %s %s @%d\n    ours %s %s %s @%d", sql, r.PG.Code, r.PG.Message, r.PG.Hint, r.PG.Pos, e.Code, e.Message, e.Hint, e.Position))
			}
		}
	}
	if strings.Contains(*show, "kinds") {
		for k, v := range kinds {
			fmt.Println(v, k)
		}
	}
	fmt.Println(count)
}
