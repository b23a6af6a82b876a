package serve

import "testing"

// TestRests: what has come is collected once nothing comes any more, and once.
func TestRests(t *testing.T) {
	var r rests
	for i, look := range []struct {
		come uint64
		due  bool
	}{
		{50 << 20, false}, // at work
		{90 << 20, false},
		{91 << 20, true},
		{92 << 20, false}, // next to nothing since
		{95 << 20, false},
		{200 << 20, false}, // at work again
		{201 << 20, true},
	} {
		if due := r.due(look.come); due != look.due {
			t.Errorf("look %d: %v", i, due)
		}
	}
}
