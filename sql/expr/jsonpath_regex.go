package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pathRegexFlags turns the flags of like_regex, which are XQuery's, into those of
// PostgreSQL's expressions: the dot does not match a line feed unless s says so.
func pathRegexFlags(flags string) string {
	has := func(f string) bool { return strings.Contains(flags, f) }
	out := ""
	switch {
	case has("q"):
		out = "q"
	case has("s") && has("m"):
		out = "w"
	case has("s"):
		out = "s"
	case has("m"):
		out = "n"
	default:
		out = "p"
	}
	if has("i") {
		out += "i"
	}
	return out
}

func init() {
	types.CheckPathRegex = func(pattern, flags string) error {
		if strings.Contains(flags, "x") && !strings.Contains(flags, "q") {
			return sqlerr.New(sqlerr.FeatureNotSupported, "XQuery \"x\" flag (expanded regular expressions) is not implemented")
		}
		_, err := compileRegex(pattern, pathRegexFlags(flags), false)
		return err
	}
}
