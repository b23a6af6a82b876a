package catalog

import (
	"encoding/json"
	"slices"
	"testing"
)

// TestACLOfOldCatalogs reads lists that were stored without grantors.
func TestACLOfOldCatalogs(t *testing.T) {
	for _, c := range []struct {
		object Object
		stored string
		want   ACL
	}{
		{&Table{}, `{"Owner":20,"ACL":null}`, nil},
		{&Table{}, `{"Owner":20,"ACL":{"0":1,"30":65537,"20":127,"25":3}}`, ACL{{20, 20, PrivAllTable}, {25, 20, 3}, {30, 20, 65537}, {0, 20, 1}}},
		{&Table{}, `{"Owner":20,"ACL":{"30":1}}`, ACL{{20, 20, PrivAllTable}, {30, 20, 1}}},
		{&Table{}, `{"Owner":20,"ACL":[[30,31,1]]}`, ACL{{30, 31, 1}}},
		{&Table{}, `{"Owner":20,"ACL":[]}`, ACL{}},
		{&Routine{}, `{"Owner":20,"ACL":{"0":2048,"30":2048,"20":65535}}`, ACL{{0, 20, PrivExecute}, {20, 20, PrivExecute}, {30, 20, PrivExecute}}},
		{&DefaultACL{}, `{"Role":20,"Schema":5,"Kind":114,"ACL":{"30":1,"0":2}}`, ACL{{0, 20, 2}, {30, 20, 1}}},
	} {
		if err := json.Unmarshal([]byte(c.stored), c.object); err != nil {
			t.Fatal(err)
		}
		SettleACL(c.object)
		var got ACL
		switch o := c.object.(type) {
		case *Table:
			got = o.ACL
		case *Routine:
			got = o.ACL
		case *DefaultACL:
			got = o.ACL
		}
		if (got == nil) != (c.want == nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", c.stored, got, c.want)
		}
	}
	text, err := json.Marshal(Table{Owner: 20, ACL: ACL{{30, 31, 1}}, Columns: []*Column{{ACL: ACL{{30, 20, 1}}}}})
	if err != nil {
		t.Fatal(err)
	}
	var back Table
	if err := json.Unmarshal(text, &back); err != nil || !slices.Equal(back.ACL, ACL{{30, 31, 1}}) || !slices.Equal(back.Columns[0].ACL, ACL{{30, 20, 1}}) {
		t.Errorf("%s reads as %v, %v", text, back.ACL, err)
	}
}
