package tables

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// Entries come in the order of their whole keys, whatever they have in common.
func TestNewEntriesSorted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, format := range []string{"index0000%d", "index0000%08d", "index0000same begin %d end", "index0000a%d", "%d", "index0000"} {
		var n newEntries
		for i := range 3000 {
			key := []byte(format)
			if bytes.IndexByte(key, '%') >= 0 {
				key = fmt.Appendf(nil, format, random.IntN(500))
			}
			n.add(fmt.Appendf(key, "row %05d", i), []byte("row"), false)
		}
		n.sort()
		for i := range n.list[1:] {
			if a, b := n.key(&n.list[i]), n.key(&n.list[i+1]); bytes.Compare(a, b) >= 0 {
				t.Fatalf("%q before %q", a, b)
			}
		}
	}
	var none newEntries
	none.sort()
}
