package types

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// TestHstoreBinary: pairs are received in any order and sent in one, and what is no
// hstore is refused as PostgreSQL refuses it.
func TestHstoreBinary(t *testing.T) {
	hs := &Type{Name: "hstore", Kind: KindBase}
	hs.Extend("hstore", "hstore")
	for _, c := range []struct{ sent, text, code string }{
		{"\x00\x00\x00\x00", "", ""},
		{"\x00\x00\x00\x02\x00\x00\x00\x02bb\xff\xff\xff\xff\x00\x00\x00\x01a\x00\x00\x00\x00", `"a"=>"", "bb"=>NULL`, ""},
		{"\x00\x00\x00\x02\x00\x00\x00\x01a\x00\x00\x00\x011\x00\x00\x00\x01a\x00\x00\x00\x012", `"a"=>"1"`, ""},
		{"\x00\x00\x00\x01\xff\xff\xff\xff\x00\x00\x00\x00", "", "22004"},
		{"\x00\x00\x00\x01\x00\x00\x00\x05a", "", "08P01"},
		{"\x00\x00\x00\x01\x00\x00\x00\x01\xff\xff\xff\xff\xff", "", "22021"},
		{"\xff\xff\xff\xff", "", "54000"},
		{"\x00", "", "08P01"},
	} {
		d, err := hs.Receive([]byte(c.sent), NoTypmod, nil)
		if c.code != "" {
			if err == nil || string(sqlerr.From(err).Code) != c.code {
				t.Errorf("%q: %v, want %s", c.sent, err, c.code)
			}
			continue
		}
		if err != nil || hs.Text(d, nil) != c.text {
			t.Errorf("%q: %v %q, want %q", c.sent, err, hs.Text(d, nil), c.text)
			continue
		}
		again, err := hs.Input(c.text, NoTypmod, nil)
		if err != nil || !hs.Equal(again, d) || string(hs.AppendBinary(nil, again, nil)) != d.Str() {
			t.Errorf("%q: read again as %q, %v", c.text, again.Str(), err)
		}
	}
}
