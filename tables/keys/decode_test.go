package keys

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TestDecodeColumn reads keys of every type that they hold back, each with another behind it.
func TestDecodeColumn(t *testing.T) {
	some := 0
	for typ, texts := range samples {
		if !catalog.HeldInKeys(typ) {
			continue
		}
		values := append(datums(t, typ, texts), types.Null)
		if !heldAsInteger(typ) && typ != types.UUID {
			values = append(values, types.String("a\x00b"), types.String("\x00"), types.String("\x00\xff\x01"), types.String("\xff\xfe"))
		}
		for _, k := range []catalog.IndexKey{{}, {NullsFirst: true}, {Desc: true}, {Desc: true, NullsFirst: true}} {
			for _, a := range values {
				for _, b := range values {
					some++
					key := AppendColumn(AppendColumn(nil, typ, a, k), typ, b, k)
					first, rest, ok := DecodeColumn(key, typ, k)
					second, end, ok2 := DecodeColumn(rest, typ, k)
					if !ok || !ok2 || len(end) > 0 || text(typ, first) != text(typ, a) || text(typ, second) != text(typ, b) {
						t.Fatalf("%s %+v: %s, %s came back as %s, %s (%x)", typ, k, text(typ, a), text(typ, b), text(typ, first), text(typ, second), key)
					}
					for n := range key {
						DecodeColumn(key[:n], typ, k) // it may fail, but no more
					}
				}
			}
		}
	}
	if some == 0 {
		t.Error("nothing was tested")
	}
}
