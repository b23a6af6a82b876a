package textsearch

import "strings"

// action is what a rule does besides going to a state.
type action byte

const (
	next     action = iota
	push            // go on from a copy of the position, to come back to the rule behind this one
	pop             // come back
	clearOne        // forget the last position to come back to
	clearAll        // forget all of them
	merge           // come back, but stay where the text has been read to
	rerun           // look at the same character again
)

// stateRule says what to do at a character of a class; the first that applies counts.
type stateRule struct {
	class, char byte
	do          action
	to          string
	found       Kind // a token ends before the character
	special     func(*machine)
}

// states is the machine: a line for each state, with its rules between bars. A rule
// begins with a character, or a class in brackets: E is the end of the text, * anything.
var states = compileStates(`
Base                  [E] Null | < push InTagFirst | [i] InSpace | [l] InAsciiWord | [a] InWord | [d] InUnsignedInt | - push InSignedIntFirst | + push InSignedIntFirst | & push InXMLEntityFirst | ~ push InFileTwiddle | / push InFileFirst | . push InPathFirstFirst | [*] InSpace
InNumWord             [E] found numword Base | [n] InNumWord | [p] InNumWord | @ push InEmail | / push InFileFirst | . push InFileNext | - push InHyphenNumWordFirst | [*] found numword Base
InAsciiWord           [E] found asciiword Base | [l] InAsciiWord | . push InHostFirstDomain | . push InFileNext | - push InHostFirstAN | - push InHyphenAsciiWordFirst | _ push InHostFirstAN | @ push InEmail | : push InProtocolFirst | / push InFileFirst | [d] push InHost | [d] InNumWord | [a] InWord | [p] InWord | [*] found asciiword Base
InWord                [E] found word Base | [a] InWord | [p] InWord | [d] InNumWord | - push InHyphenWordFirst | [*] found word Base
InUnsignedInt         [E] found uint Base | [d] InUnsignedInt | . push InHostFirstDomain | . push InUDecimalFirst | e push InMantissaFirst | E push InMantissaFirst | - push InHostFirstAN | _ push InHostFirstAN | @ push InEmail | [l] push InHost | [a] InNumWord | [p] InNumWord | / push InFileFirst | [*] found uint Base
InSignedIntFirst      [E] pop | [d] InSignedInt | [*] pop
InSignedInt           [E] found int Base | [d] InSignedInt | . push InDecimalFirst | e push InMantissaFirst | E push InMantissaFirst | [*] found int Base
InSpace               [E] found blank Base | < found blank Base | [i] InSpace | - found blank Base | + found blank Base | & found blank Base | / found blank Base | [N] InSpace | [*] found blank Base
InUDecimalFirst       [E] pop | [d] one InUDecimal | [*] pop
InUDecimal            [E] found float Base | [d] InUDecimal | . push InVersionFirst | e push InMantissaFirst | E push InMantissaFirst | [*] found float Base
InDecimalFirst        [E] pop | [d] one InDecimal | [*] pop
InDecimal             [E] found float Base | [d] InDecimal | [V] pop | e push InMantissaFirst | E push InMantissaFirst | [*] found float Base
InVersionFirst        [E] pop | [d] one InVersion | [*] pop
InVersion             [E] found version Base | [d] InVersion | . push InVersionFirst | [*] found version Base
InMantissaFirst       [E] pop | [d] one InMantissa | + InMantissaSign | - InMantissaSign | [*] pop
InMantissaSign        [E] pop | [d] one InMantissa | [*] pop
InMantissa            [E] found sfloat Base | [d] InMantissa | [*] found sfloat Base
InXMLEntityFirst      [E] pop | # InXMLEntityNumFirst | [l] InXMLEntity | : InXMLEntity | _ InXMLEntity | [*] pop
InXMLEntity           [E] pop | [n] InXMLEntity | : InXMLEntity | _ InXMLEntity | . InXMLEntity | - InXMLEntity | ; InXMLEntityEnd | [*] pop
InXMLEntityNumFirst   [E] pop | x InXMLEntityHexNumFirst | X InXMLEntityHexNumFirst | [d] InXMLEntityNum | [*] pop
InXMLEntityHexNumFirst [E] pop | [x] InXMLEntityHexNum | [*] pop
InXMLEntityNum        [E] pop | [d] InXMLEntityNum | ; InXMLEntityEnd | [*] pop
InXMLEntityHexNum     [E] pop | [x] InXMLEntityHexNum | ; InXMLEntityEnd | [*] pop
InXMLEntityEnd        [*] found entity Base one
InTagFirst            [E] pop | / push InTagCloseFirst | ! push InCommentFirst | ? push InXMLBegin | [l] push InTagName | : push InTagName | _ push InTagName | [*] pop
InXMLBegin            [E] pop | x InTag | X InTag | [*] pop
InTagCloseFirst       [E] pop | [l] InTagName | [*] pop
InTagName             [E] pop | / InTagBeginEnd | > InTagEnd scripts | [s] InTag scripts | [n] InTagName | : InTagName | _ InTagName | . InTagName | - InTagName | [*] pop
InTagBeginEnd         [E] pop | > InTagEnd | [*] pop
InTag                 [E] pop | > InTagEnd scripts | ' InTagEscapeK | " InTagEscapeKK | [l] InTag | [d] InTag | = InTag | - InTag | _ InTag | # InTag | / InTag | : InTag | . InTag | & InTag | ? InTag | % InTag | ~ InTag | [s] InTag scripts | [*] pop
InTagEscapeK          [E] pop | \ push InTagBackslashed | ' InTag | [*] InTagEscapeK
InTagEscapeKK         [E] pop | \ push InTagBackslashed | " InTag | [*] InTagEscapeKK
InTagBackslashed      [E] pop | [*] merge
InTagEnd              [*] found tag Base all
InCommentFirst        [E] pop | - InCommentLast | D InTag | d InTag | [*] pop
InCommentLast         [E] pop | - InComment | [*] pop
InComment             [E] pop | - InCloseCommentFirst | [*] InComment
InCloseCommentFirst   [E] pop | - InCloseCommentLast | [*] InComment
InCloseCommentLast    [E] pop | - InCloseCommentLast | > InCommentEnd | [*] InComment
InCommentEnd          [*] found tag Base all
InHostFirstDomain     [E] pop | [l] InHostDomainSecond | [d] InHost | [*] pop
InHostDomainSecond    [E] pop | [l] InHostDomain | [d] push InHost | - push InHostFirstAN | _ push InHostFirstAN | . push InHostFirstDomain | @ push InEmail | [*] pop
InHostDomain          [E] found host Base all | [l] InHostDomain | [d] push InHost | : push InPortFirst | - push InHostFirstAN | _ push InHostFirstAN | . push InHostFirstDomain | @ push InEmail | [d] pop | [S] found host InURLPathStart all | / push InFURL | [*] found host Base all
InPortFirst           [E] pop | [d] InPort | [*] pop
InPort                [E] found host Base all | [d] InPort | [S] found host InURLPathStart all | / push InFURL | [*] found host Base all
InHostFirstAN         [E] pop | [d] InHost | [l] InHost | [*] pop
InHost                [E] pop | [d] InHost | [l] InHost | @ push InEmail | . push InHostFirstDomain | - push InHostFirstAN | _ push InHostFirstAN | [*] pop
InEmail               [S] pop | [H] found email Base all | [*] pop
InFileFirst           [E] pop | [l] InFile | [d] InFile | . InPathFirst | _ InFile | ~ push InFileTwiddle | [*] pop
InFileTwiddle         [E] pop | [l] InFile | [d] InFile | _ InFile | / InFileFirst | [*] pop
InPathFirst           [E] pop | [l] InFile | [d] InFile | _ InFile | . InPathSecond | / InFileFirst | [*] pop
InPathFirstFirst      [E] pop | . InPathSecond | / InFileFirst | [*] pop
InPathSecond          [E] found file Base one | / push InFileFirst | / found file Base one | [s] found file Base one | [*] pop
InFile                [E] found file Base one | [l] InFile | [d] InFile | . push InFileNext | _ InFile | - InFile | / push InFileFirst | [*] found file Base one
InFileNext            [E] pop | [l] one InFile | [d] one InFile | _ one InFile | [*] pop
InURLPathFirst        [E] pop | [u] InURLPath | [*] pop
InURLPathStart        [*] InURLPath
InURLPath             [E] found url_path Base | [u] InURLPath | [*] found url_path Base
InFURL                [E] pop | [P] found url Base all urlParts | [*] pop
InProtocolFirst       [E] pop | / InProtocolSecond | [*] pop
InProtocolSecond      [E] pop | / InProtocolEnd | [*] pop
InProtocolEnd         [*] found protocol Base all
InHyphenAsciiWordFirst [E] pop | [l] InHyphenAsciiWord | [a] InHyphenWord | [d] InHyphenDigitLookahead | [*] pop
InHyphenAsciiWord     [E] found asciihword InParseHyphen all again | [l] InHyphenAsciiWord | [a] InHyphenWord | [p] InHyphenWord | [d] InHyphenNumWord | - push InHyphenAsciiWordFirst | [*] found asciihword InParseHyphen all again
InHyphenWordFirst     [E] pop | [a] InHyphenWord | [d] InHyphenDigitLookahead | [*] pop
InHyphenWord          [E] found hword InParseHyphen all again | [a] InHyphenWord | [p] InHyphenWord | [d] InHyphenNumWord | - push InHyphenWordFirst | [*] found hword InParseHyphen all again
InHyphenNumWordFirst  [E] pop | [a] InHyphenNumWord | [d] InHyphenDigitLookahead | [*] pop
InHyphenNumWord       [E] found numhword InParseHyphen all again | [n] InHyphenNumWord | [p] InHyphenNumWord | - push InHyphenNumWordFirst | [*] found numhword InParseHyphen all again
InHyphenDigitLookahead [E] pop | [d] InHyphenDigitLookahead | [a] InHyphenNumWord | [p] InHyphenNumWord | [*] pop
InParseHyphen         [E] rerun Base | [l] InHyphenAsciiWordPart | [a] InHyphenWordPart | [d] push InHyphenUnsignedInt | - push InParseHyphenHyphen | [*] rerun Base
InParseHyphenHyphen   [E] pop | [n] found blank InParseHyphen one | [p] found blank InParseHyphen one | [*] pop
InHyphenWordPart      [E] found hword_part Base | [a] InHyphenWordPart | [p] InHyphenWordPart | [d] InHyphenNumWordPart | [*] found hword_part InParseHyphen
InHyphenAsciiWordPart [E] found hword_asciipart Base | [l] InHyphenAsciiWordPart | [a] InHyphenWordPart | [p] InHyphenWordPart | [d] InHyphenNumWordPart | [*] found hword_asciipart InParseHyphen
InHyphenNumWordPart   [E] found hword_numpart Base | [n] InHyphenNumWordPart | [p] InHyphenNumWordPart | [*] found hword_numpart InParseHyphen
InHyphenUnsignedInt   [E] pop | [d] InHyphenUnsignedInt | [a] one InHyphenNumWordPart | [p] one InHyphenNumWordPart | [*] pop
`)

func compileStates(text string) map[string][]stateRule {
	kinds := map[string]Kind{}
	for k, named := range Kinds {
		kinds[named.Alias] = Kind(k)
	}
	words := map[string]action{"push": push, "pop": pop, "one": clearOne, "all": clearAll, "merge": merge, "rerun": rerun}
	specials := map[string]func(*machine){"again": again, "urlParts": urlParts, "scripts": scripts}
	out := map[string][]stateRule{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		name, rules, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, rule := range strings.Split(rules, " | ") {
			f := strings.Fields(rule)
			r := stateRule{class: '=', char: f[0][0]}
			if len(f[0]) == 3 {
				r.class = f[0][1]
			}
			for i := 1; i < len(f); i++ {
				if f[i] == "found" {
					i++
					r.found = kinds[f[i]]
				} else if do, ok := words[f[i]]; ok {
					r.do = do
				} else if special, ok := specials[f[i]]; ok {
					r.special = special
				} else {
					r.to = f[i]
				}
			}
			out[name] = append(out[name], r)
		}
	}
	return out
}
