package httpapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestReadObject(t *testing.T) {
	for _, c := range []struct {
		name, body string
		field      string // of the problem; "-" is no problem at all
		a, b       string
	}{
		{"both", `{"a":"1","b":"2"}`, "-", "1", "2"},
		{"optional left out", ` { "a" : "é\u00e9" } `, "-", "éé", ""},
		{"required left out", `{"b":"2"}`, "a", "", "2"},
		{"required empty", `{"a":""}`, "a", "", ""},
		{"empty body", ``, "a", "", ""},
		{"unknown", `{"a":"1","c":"2"}`, "c", "1", ""},
		{"twice", `{"a":"1","a":"2"}`, "a", "1", ""},
		{"another case", `{"A":"1"}`, "A", "", ""},
		{"null", `{"a":null}`, "a", "", ""},
		{"number", `{"a":1}`, "a", "", ""},
		{"object", `{"a":{"a":"1"}}`, "a", "", ""},
		{"list", `{"a":["1"]}`, "a", "", ""},
		{"too long", `{"a":"` + strings.Repeat("é", 9) + `"}`, "a", "", ""},
		{"just long enough", `{"a":"` + strings.Repeat("é", 8) + `"}`, "-", strings.Repeat("é", 8), ""},
		{"control character", `{"a":"1\u0000"}`, "a", "", ""},
		{"half a surrogate", `{"a":"\ud800"}`, "a", "", ""},
		{"not an object", `["a"]`, "", "", ""},
		{"a text", `"a"`, "", "", ""},
		{"cut off", `{"a":"1"`, "", "1", ""},
		{"cut in a text", `{"a":"1`, "a", "", ""},
		{"trailing", `{"a":"1"}{}`, "", "1", ""},
		{"trailing comma", `{"a":"1",}`, "", "1", ""},
		{"form", `a=1&b=2`, "", "", ""},
		{"not UTF-8", "{\"a\":\"\xff\"}", "", "", ""},
		{"byte order mark", "\ufeff{\"a\":\"1\"}", "", "", ""},
	} {
		var a, b string
		err := readObject([]byte(c.body), field{"a", &a, 8, true}, field{"b", &b, 8, false})
		var p *problem
		switch {
		case c.field == "-":
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		case !errors.As(err, &p):
			t.Errorf("%s: %v, want a problem", c.name, err)
		case p.status != http.StatusBadRequest || p.field != c.field:
			t.Errorf("%s: %d field %q, want 400 field %q", c.name, p.status, p.field, c.field)
		}
		if a != c.a || b != c.b {
			t.Errorf("%s: read %q, %q, want %q, %q", c.name, a, b, c.a, c.b)
		}
	}
}

// TestReadObjectListsAndFlags: other values are as strict as texts.
func TestReadObjectListsAndFlags(t *testing.T) {
	for body, field := range map[string]string{
		`{"list":["a","b"],"flag":true}`:                                  "-",
		`{"list":["a"],"flag":false}`:                                     "-",
		`{"flag":true}`:                                                   "list",
		`{"list":["a"]}`:                                                  "flag",
		`{"list":[],"flag":true}`:                                         "list",
		`{"list":"a","flag":true}`:                                        "list",
		`{"list":["a",1],"flag":true}`:                                    "list",
		`{"list":[["a"]],"flag":true}`:                                    "list",
		`{"list":["123456789"],"flag":true}`:                              "list",
		`{"list":["a\u0007"],"flag":true}`:                                "list",
		`{"list":["a"],"flag":"true"}`:                                    "flag",
		`{"list":["a"],"flag":null}`:                                      "flag",
		`{"list":["a"`:                                                    "list",
		`{"list":["a"],"list":["b"],"flag":1}`:                            "list",
		`{"list":["` + strings.Repeat(`","`, maxList) + `"],"flag":true}`: "list",
	} {
		var list []string
		var flag bool
		err := readObject([]byte(body), field2("list", &list), field2("flag", &flag))
		var p *problem
		switch {
		case field == "-":
			if err != nil || list[0] != "a" || flag != strings.Contains(body, "true") {
				t.Errorf("%.60s: %q %v, %v", body, list, flag, err)
			}
		case !errors.As(err, &p) || p.field != field:
			t.Errorf("%.60s: %v, want a problem of %q", body, err, field)
		}
	}
}

func field2(name string, into any) field { return field{name, into, 8, true} }

// FuzzReadObject: no body makes it panic, and what it accepts is bounded.
func FuzzReadObject(f *testing.F) {
	f.Add([]byte(`{"a":"1","b":"2"}`))
	f.Add([]byte(`{"a":{"b":[[[1]]]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var a, b string
		if err := readObject(body, field{"a", &a, 8, true}, field{"b", &b, 8, false}); err == nil && (a == "" || len([]rune(a)) > 8) {
			t.Errorf("%q gave %q", body, a)
		}
	})
}
