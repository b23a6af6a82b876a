package expr

import (
	"unsafe"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Growing lets texts that are appended to again and again, as loops of functions do, grow in
// place: what has been put behind the last such text is not copied each time. It is for one
// goroutine.
type Growing struct {
	// last is the newest text that was joined; buf has it once it has been continued, with
	// room behind it that no text has a part in.
	last string
	buf  []byte
}

// leastGrowing is how long a text is that is worth it.
const leastGrowing = 512

// join gives a and b behind one another.
func (g *Growing) join(a, b string) string {
	if g == nil || len(a) < leastGrowing || len(a) != len(g.last) || unsafe.StringData(a) != unsafe.StringData(g.last) {
		s := a + b
		if g != nil && len(s) >= leastGrowing {
			g.last, g.buf = s, nil
		}
		return s
	}
	if g.buf == nil {
		g.buf = append(make([]byte, 0, 2*len(a)+len(b)), a...)
	}
	// Only bytes behind all that any text has are written.
	g.buf = append(g.buf, b...)
	g.last = unsafe.String(unsafe.SliceData(g.buf), len(g.buf))
	return g.last
}

// Grow lets what is joined with this context grow in place.
func (c *Context) Grow(g *Growing) { c.growing = g }

// join gives two texts behind one another.
func (c *Context) join(a, b string) string {
	if c == nil {
		return a + b
	}
	return c.growing.join(a, b)
}

// textConcat is textcat, byteacat and bitcat.
func textConcat(c *Context, a []types.Datum) (types.Datum, error) {
	return types.String(c.join(a[0].Str(), a[1].Str())), nil
}
