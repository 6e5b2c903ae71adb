package fakecam

import (
	"bytes"
	"encoding/xml"
	"io"
	"mime"
	"net/http"
	"strings"
)

// action is what a SOAP request asks for: an operation, and the namespace it is
// of. Media and Media2 share names of operations, and so do PTZ and Imaging.
type action struct{ space, operation string }

// WS-BaseNotification has one namespace for its port types and so for its
// actions, and another for its elements (WS-BaseNotification 1.3 §1.4).
const (
	portsWSN    = "http://docs.oasis-open.org/wsn/bw-2"
	elementsWSN = "http://docs.oasis-open.org/wsn/b-2"
)

// parseAction reads the action of a header: namespace, mostly the port type, and
// the operation, to which some services append Request (WS-Addressing 1.0
// Metadata §4.4.4). It has no space if it does not say of which service it is.
func parseAction(s string) action {
	s = strings.Trim(s, "\" \t\r\n")
	at := strings.LastIndexByte(s, '/')
	a := action{strings.TrimSuffix(s[:max(at, 0)], "/"), strings.TrimSuffix(s[at+1:], "Request")}
	if i := strings.Index(a.space+"/", "/wsdl/"); i >= 0 {
		a.space = a.space[:i+len("/wsdl")]
	}
	if strings.HasPrefix(a.space+"/", portsWSN+"/") {
		a.space = elementsWSN
	}
	return a
}

// whole reports whether the action says all that answers are found by.
func (a action) whole() bool { return a.space != "" && a.operation != "" }

// requestAction finds the action of an envelope: its header's (WS-Addressing 1.0
// SOAP Binding §3), else the qualified name of the first element of its body.
func requestAction(envelope io.Reader) action {
	var e struct {
		Action string `xml:"Header>Action"`
		Body   struct {
			Calls []struct{ XMLName xml.Name } `xml:",any"`
		}
	}
	if err := xml.NewDecoder(io.LimitReader(envelope, maxRequest)).Decode(&e); err != nil {
		return action{}
	}
	if a := parseAction(e.Action); a.whole() {
		return a
	}
	if len(e.Body.Calls) == 0 {
		return action{}
	}
	name := e.Body.Calls[0].XMLName
	return action{name.Space, name.Local}
}

// asked finds what a request asks for: by the action of its type (SOAP 1.2 part
// 2 §6.5.3) or of its header (SOAP 1.1 §6.1.1), else by its envelope.
func asked(r *http.Request, envelope []byte) action {
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil {
		if a := parseAction(params["action"]); a.whole() {
			return a
		}
	}
	if a := parseAction(r.Header.Get("SOAPAction")); a.whole() {
		return a
	}
	return requestAction(bytes.NewReader(envelope))
}
