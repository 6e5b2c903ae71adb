package gate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds what people call cameras, tokens and links, in characters.
const maxName = 64

// isName reports whether something can be called so: 1 to maxName printable
// characters, with none of them a space at an end.
func isName(s string) bool {
	return s != "" && isLabel(s) && strings.TrimSpace(s) == s
}

// isLabel reports whether all of s can be shown; "" can.
func isLabel(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
