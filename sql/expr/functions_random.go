package expr

import (
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Random is a session's generator of random numbers, once setseed() has been called:
// xoroshiro128**, as in PostgreSQL, so that a seed gives the same numbers.
type Random struct {
	seeded bool
	s0, s1 uint64
}

// Seed begins anew; seed is within -1 and 1.
func (r *Random) Seed(seed float64) {
	state := uint64(int64(float64(1<<52-1) * seed))
	r.s0, r.s1, r.seeded = splitMix(&state), splitMix(&state), true
}

func splitMix(state *uint64) uint64 {
	*state += 0x9e3779b97f4a7c15
	v := *state
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// Float64 gives a number of at least 0 and less than 1.
func (r *Random) Float64() float64 {
	if r == nil || !r.seeded {
		return rand.Float64()
	}
	s0, x := r.s0, r.s1^r.s0
	v := bits.RotateLeft64(s0*5, 7) * 9
	r.s0, r.s1 = bits.RotateLeft64(s0, 24)^x^x<<16, bits.RotateLeft64(x, 37)
	return math.Ldexp(float64(v>>12), -52)
}

func (c *Context) random() *Random {
	if c == nil {
		return nil
	}
	return c.Random
}

func init() {
	register(map[string]EvalFunc{
		"drandom": func(c *Context, _ []types.Datum) (types.Datum, error) { return types.Float(c.random().Float64()), nil },
		"setseed": func(c *Context, a []types.Datum) (types.Datum, error) {
			seed := a[0].Float()
			if !(seed >= -1 && seed <= 1) {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "setseed parameter %s is out of allowed range [-1,1]", types.Float8.Text(a[0], c.env()))
			}
			if r := c.random(); r != nil {
				r.Seed(seed)
			}
			return types.String(""), nil
		},
	})
}
