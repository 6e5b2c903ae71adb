package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minPassword = 10 // characters
	// maxPassword bounds what is hashed, in bytes.
	maxPassword = 1024
	// minDigits is how many characters a password without any letter needs: dates
	// and telephone numbers are shorter.
	minDigits = 16
)

// common are the most used passwords of ten characters and more, in lower
// case, one per line.
//
//go:embed common.txt
var common string

// words are those that people lengthen to a password: in lower case, one per line.
//
//go:embed words.txt
var words string

// checkPassword asks for length, and refuses what everybody tries first. It
// asks for nothing else: rules about characters make worse passwords.
func checkPassword(name, password string) error {
	key := strings.ToLower(password)
	if !utf8.ValidString(password) || utf8.RuneCountInString(password) < minPassword || len(password) > maxPassword ||
		key == nameKey(name) || listed(common, key) || repeats(key) {
		return ErrPassword
	}
	word := strings.TrimFunc(key, func(r rune) bool { return !unicode.IsLetter(r) })
	if word == "" && utf8.RuneCountInString(password) < minDigits || lengthened(key, word) {
		return ErrPassword
	}
	return nil
}

// listed reports whether a list has a line.
func listed(list, line string) bool { return strings.Contains("\n"+list, "\n"+line+"\n") }

// lengthened reports whether a password is one of the words with digits and marks
// around it, or with digits and marks for letters.
func lengthened(key, word string) bool {
	spelled := strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
	core := spelled.Replace(word)
	whole := strings.TrimFunc(spelled.Replace(strings.TrimRight(key, "0123456789!?.*#-_ ")), func(r rune) bool { return !unicode.IsLetter(r) })
	return listed(words, word) || listed(words, core) || listed(words, whole)
}

// repeats reports whether a text is a shorter one again and again.
func repeats(s string) bool {
	return strings.Index((s + s)[1:], s) < len(s)-1
}
