package elementary

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"
)

// values are what PostgreSQL 15 gives, with glibc 2.36.
//
//go:embed testdata/values.tsv
var values string

func TestValuesAreTheCLibrarys(t *testing.T) {
	functions := map[string]func(float64) float64{
		"Sin": Sin, "Cos": Cos, "Tan": Tan, "Asin": Asin, "Acos": Acos, "Atan": Atan,
		"Sinh": Sinh, "Cosh": Cosh, "Tanh": Tanh, "Acosh": Acosh, "Exp": Exp, "Log": Log, "Log10": Log10,
	}
	different := 0
	for line := range strings.Lines(values) {
		f := strings.Fields(line)
		x, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := strconv.FormatFloat(functions[f[0]](x), 'g', -1, 64); parse(t, got) != parse(t, f[2]) {
			different++
			t.Logf("%s(%s) is %s, want %s", f[0], f[1], got, f[2])
		}
	}
	// The library does not round the hyperbolic functions to the nearest, and is off by a
	// last bit in a few other places.
	if different > 3 {
		t.Errorf("%d values differ", different)
	}
}

func parse(t *testing.T, s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestWhatIsExact(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{Log10(1000), 3}, {Log10(0.001), -3}, {Pow(2, 10), 1024}, {Pow(10, 22), 1e22}, {Pow(-2, 3), -8}, {Cbrt(27), 3}, {Exp(0), 1}, {Exp(-750), 0},
		{Exp(-745.1), 5e-324}, {Sin(0), 0}, {Atan2(0, -1), 3.141592653589793}, {Atan2(-1, -1), -2.356194490192345}, {Acos(-1), 3.141592653589793}, {Asin(1), 1.5707963267948966},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
