package plpgsql

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// given is a function with a parameter, a record and a set as its result.
func given() Signature {
	return Signature{Name: "f", Set: true, Given: []*Variable{{Name: "a"}, {Name: "found", Number: 1}},
		Names: []GivenName{{"$1", 0}, {"a", 0}, {"found", 1}}}
}

// FuzzParse: whatever the text, the answer is a body or an error of the database, whose
// place lies in the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"begin end", "declare x int := 1; r record; c cursor (n int) for select n; begin x := a + 1; end;",
		"<<l>> begin loop exit l when a > 1; continue; end loop; end l", "begin for i in reverse 1..a by 2 loop null; end loop; end",
		"begin for i in select 1 loop end loop; exception when others or sqlstate '22012' then raise; end",
		"begin raise notice 'a % %%', a using hint = 'x', errcode = 'unique_violation'; end",
		"begin select 1, 2 into strict a from t; insert into t values (1) returning x into a; end",
		"begin execute 'x' into a using 1, $1; return query select 1; return next a; return; end",
		"begin case a when 1, 2 then null; else null; end case; if a then null; elsif not a then null; else end if; end",
		"begin get stacked diagnostics a = message_text; foreach a slice 1 in array b loop end loop; end",
		"#variable_conflict use_column\nbegin open a for execute 'x' using 1; fetch next from a into a; move a; close a; end",
		"declare x t.c%type; y t%rowtype; z alias for $1; begin z[1][2:3] := x; call p(a); perform 1; end",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		fn, err := Parse(src, given())
		if err == nil {
			for i, v := range fn.Variables {
				if v.Number != i {
					t.Fatalf("variable %q has number %d at %d", v.Name, v.Number, i)
				}
			}
			return
		}
		e := sqlerr.From(err)
		if e.Code == sqlerr.InternalError {
			t.Fatal(err)
		}
		if e.Offset < 0 || e.Offset > len(src)+1 {
			t.Fatalf("offset %d in a text of %d bytes: %v", e.Offset, len(src), err)
		}
	})
}

// TestNames: the innermost name is meant, and labels reach those around it.
func TestNames(t *testing.T) {
	fn, err := Parse("<<o>> declare x int; begin declare x int; begin x := o.x + f.a; end; end", given())
	if err != nil {
		t.Fatal(err)
	}
	value := fn.Body.Body[0].(*Block).Body[0].(*Assign)
	for _, c := range []struct {
		names      []string
		variable   int
		used, line int
	}{{[]string{"x"}, 3, 1, 0}, {[]string{"o", "x"}, 2, 2, 0}, {[]string{"f", "a"}, 0, 2, 0}, {[]string{"$1"}, 0, 1, 0}, {[]string{"y"}, -1, 0, 0}, {[]string{"x", "z"}, 3, 1, 0}} {
		if v, used := value.Value.Names.Find(c.names); v != c.variable || used != c.used {
			t.Errorf("%v: variable %d by %d names, want %d by %d", c.names, v, used, c.variable, c.used)
		}
	}
}
