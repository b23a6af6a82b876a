package types

// The encodings by PostgreSQL's numbers, those among them that clients cannot have here.
var encodingNumbers = []string{
	"SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "UTF8", "MULE_INTERNAL", "LATIN1", "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8",
	"LATIN9", "LATIN10", "WIN1256", "WIN1258", "WIN866", "WIN874", "KOI8R", "WIN1251", "WIN1252", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250", "WIN1253",
	"WIN1254", "WIN1255", "WIN1257", "KOI8U", "SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004",
}

// EncodingNamed is the number of an encoding by one of its names, or -1.
func EncodingNamed(name string) int {
	if c := CharsetNamed(name); c != nil {
		name = c.Name
	}
	for n, known := range encodingNumbers {
		if foldEncoding(known) == foldEncoding(name) {
			return n
		}
	}
	return -1
}

// EncodingName is the name of an encoding by its number; empty if there is none.
func EncodingName(n int) string {
	if n < 0 || n >= len(encodingNumbers) {
		return ""
	}
	return encodingNumbers[n]
}
