package account

import (
	"crypto/rand"
	"strings"
)

const (
	// codeLetters has none that look alike (0 O, 1 I L, U V): 4.9 bits each.
	codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	// codeGroup letters are read and typed at once.
	codeGroup = 5
)

// drawCode draws each letter without bias.
func drawCode(letters int) string {
	var b strings.Builder
	for b.Len() < letters {
		var r [1]byte
		rand.Read(r[:])
		if n := int(r[0] & 31); n < len(codeLetters) {
			b.WriteByte(codeLetters[n])
		}
	}
	return b.String()
}

// grouped is a code as people read it.
func grouped(code string) string {
	var b strings.Builder
	for i, letter := range code {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(letter)
	}
	return b.String()
}

// plainCode is a code as typed: case, spaces and dashes do not matter.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(code)))
}
