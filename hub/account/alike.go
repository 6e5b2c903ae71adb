package account

import (
	_ "embed"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alikeList says which characters look like another: the first of a line, in small
// letters where there are any, then those that look like it in large or small, by their
// numbers; # begins a comment. It is the part of confusables.txt of Unicode UTS #39
// (version 13.0.0, © Unicode, Inc., under the Unicode License) that is about Latin
// letters, digits, apostrophes and hyphens, and what of Latin, Greek, Cyrillic, Armenian,
// Cherokee, Coptic and Lisu looks like them; with pairs of Greek and Cyrillic letters,
// and of marks that differ little.
//
//go:embed alike.txt
var alikeList string

var looksLike = readAlike(alikeList)

func readAlike(list string) map[rune]rune {
	m := map[rune]rune{}
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		var first rune
		for i, f := range strings.Fields(line) {
			n, err := strconv.ParseInt(f, 16, 32)
			if err != nil {
				panic("account: alike.txt: " + err.Error()) // a list of our own, read by every test
			}
			if i == 0 {
				first = rune(n)
				continue
			}
			m[rune(n)] = first
		}
	}
	return m
}

// alike reports whether people would take one name for the other.
func alike(a, b string) bool { return nameKey(a) == nameKey(b) || skeleton(a) == skeleton(b) }

// skeleton is what a name looks like (UTS #39 §4): two that look the same have the same.
func skeleton(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range norm.NFD.String(normal(name)) {
		if like, ok := looksLike[r]; ok {
			r = like
		}
		if r == '\u0307' && (last == 'i' || last == 'j') {
			continue // a second dot on one that has it
		}
		b.WriteRune(r)
		last = r
	}
	return strings.ReplaceAll(strings.ToLower(b.String()), "m", "rn")
}

// mixed reports letters of several scripts, of which one could stand for another. Those
// of East Asia are written together, and with Latin ones (UTS #39 §5.2). Digits of other
// scripts look like Latin letters and other digits: they stand with neither.
func mixed(name string) bool {
	const eastern, digits = "Han", "digits"
	scripts := map[string]bool{}
	for _, r := range norm.NFD.String(name) {
		switch script := scriptOf(r); {
		case r >= '0' && r <= '9':
			scripts[digits] = true
		case unicode.IsDigit(r):
			scripts["other digits"] = true
		case !unicode.IsLetter(r) || script == "":
		case script == "Hiragana" || script == "Katakana" || script == "Hangul" || script == "Bopomofo":
			scripts[eastern] = true
		default:
			scripts[script] = true
		}
	}
	if scripts["other digits"] && (scripts[digits] || scripts["Latin"] || scripts["Greek"] || scripts["Cyrillic"]) {
		return true
	}
	delete(scripts, digits)
	delete(scripts, "other digits")
	return len(scripts) > 2 || len(scripts) == 2 && !(scripts["Latin"] && scripts[eastern])
}

// scriptOf is the script that a character is written in; "" for one of several.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) && name != "Common" && name != "Inherited" {
			return name
		}
	}
	return ""
}
