package onvif

import (
	"bytes"
	"encoding/xml"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// TestLies: whatever the ONVIF side answers, the client says so in words, soon,
// and takes little memory over it.
func TestLies(t *testing.T) {
	cam, _ := camera(t, fakecam.Options{})
	const most = 64 << 20 // bytes allocated over all calls of one row
	for _, c := range []struct {
		fault fakecam.ONVIFFault
		want  error
		words string
	}{
		{fakecam.ONVIFBomb, ErrMalformed, "no SOAP envelope"},
		{fakecam.ONVIFHuge, ErrMalformed, "above 1048576 bytes"},
		{fakecam.ONVIFPage, ErrUnsupported, "a web page"},
		{fakecam.ONVIFRedirect, nil, "elsewhere"},
		{fakecam.ONVIFBusy, nil, ""},
	} {
		client := client(t, cam.ONVIFURL(), "user", "password")
		cam.SetONVIFFault(c.fault)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err := client.Device(t.Context())
		_, err2 := client.Subscribe(t.Context())
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if c.fault == fakecam.ONVIFBusy {
			if err != nil || !errors.Is(err2, ErrBusy) {
				t.Errorf("%v: %v, %v", c.fault, err, err2)
			}
			continue
		}
		for _, err := range []error{err, err2} {
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v: %v", c.fault, err)
			}
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > most {
			t.Errorf("%v: %d MiB were allocated", c.fault, grown>>20)
		}
		if took > Timeout {
			t.Errorf("%v: took %v", c.fault, took)
		}
	}
}

// TestDecodeBounds: within the bytes of one answer a device can neither make
// deep trees nor long lists.
func TestDecodeBounds(t *testing.T) {
	var v struct {
		Body struct {
			Profiles list[xmlProfile] `xml:"Profiles"`
		} `xml:"Body"`
	}
	wrap := func(s string) []byte { return []byte("<Envelope><Body>" + s + "</Body></Envelope>") }
	if err := decode(wrap(strings.Repeat("<a>", maxDepth)+strings.Repeat("</a>", maxDepth)), &v); err == nil {
		t.Error("a deep tree")
	}
	if err := decode(wrap(strings.Repeat("<a/>", maxElements)), &v); err == nil {
		t.Error("too many elements")
	}
	if err := decode(wrap("<a"+strings.Repeat(` b="c"`, maxAttrs+1)+"/>"), &v); err == nil {
		t.Error("too many attributes")
	}
	if err := decode(wrap(strings.Repeat(`<Profiles token="x"/>`, 10*maxList)), &v); err != nil || len(v.Body.Profiles) != maxList {
		t.Errorf("%d profiles, %v", len(v.Body.Profiles), err)
	}
	var names struct {
		A xml.Name
		B string `xml:"b"`
	}
	if err := decode([]byte(`<?xml version="1.0" encoding="gb2312"?><!DOCTYPE a [<!ENTITY x "y">]><a><b>&x;&nbsp;</b>`), &names); err == nil {
		t.Error("an answer that is cut off")
	}
	if err := decode([]byte(`<a><b>&x;</b></a>`), &names); err != nil || names.B != "&x;" {
		t.Errorf("an entity became %q, %v", names.B, err)
	}
}

func TestTree(t *testing.T) {
	const in = `<Configuration xmlns="urn:a" xmlns:tt="urn:b" token="x&quot;&lt;" GovLength="5"><tt:Name>N &amp; M</tt:Name><tt:Resolution><tt:Width>1</tt:Width></tt:Resolution><v:Own xmlns:v="urn:c" k="1"/></Configuration>`
	var root tree
	if err := decode([]byte(in), &root); err != nil {
		t.Fatal(err)
	}
	if !root.set("640", "Resolution", "Width") || root.set("1", "Resolution", "Depth") || !root.setAttr("GovLength", "20") || root.setAttr("none", "") {
		t.Error("what is there is set, and nothing else")
	}
	var b strings.Builder
	root.write(&b, "Configuration", "urn:a", "")
	const want = `<Configuration xmlns="urn:a" token="x&#34;&lt;" GovLength="20"><Name xmlns="urn:b">N &amp; M</Name><Resolution xmlns="urn:b"><Width>640</Width></Resolution><Own xmlns="urn:c" k="1"></Own></Configuration>`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
	d := xml.NewDecoder(bytes.NewReader([]byte(b.String())))
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() != "EOF" {
				t.Error(err)
			}
			break
		}
	}
	for _, bad := range []string{"", "a b", "a><b", "é", "a:b"} {
		if isName(bad) {
			t.Errorf("%q is a name", bad)
		}
	}
}
