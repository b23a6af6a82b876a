package circuit

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/types"
)

// TestIdentitiesOfOneHash: keys with the same hash have identities of their own, whichever of them have
// gone before. All tsqueries have the same.
func TestIdentitiesOfOneHash(t *testing.T) {
	k := newKeyed[int]([]*types.Type{types.TSQuery})
	key := func(text string) types.Row {
		d, err := types.TSQuery.Input(text, types.NoTypmod, types.DefaultEnv)
		if err != nil {
			t.Fatal(err)
		}
		return types.Row{d}
	}
	there := map[string]string{}
	add := func(text string) {
		k.at(key(text))
		there[text] = k.identity(key(text))
	}
	drop := func(text string) {
		k.drop(k.find(key(text)))
		delete(there, text)
	}
	add("a")
	add("b")
	add("c")
	drop("a")
	add("d")
	drop("c")
	add("e")
	drop("e")
	add("a")
	ids := map[string]string{}
	for text, id := range there {
		if other := ids[id]; other != "" {
			t.Errorf("%s and %s have one identity", text, other)
		}
		if ids[id] = text; k.identity(key(text)) != id {
			t.Errorf("%s has another identity now", text)
		}
	}
}
