package onvif

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
)

// tlsConfig accepts the certificates that cameras sign themselves: who the
// device is, its serial number decides (see worker).
func tlsConfig() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// envelope wraps a body into SOAP 1.2, with a WS-Security UsernameToken where
// there is a user: PasswordDigest = Base64(SHA-1(nonce ‖ created ‖ password)).
func (c *Client) envelope(q question, signed bool) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>`)
	if strings.Contains(q.action, "/events/") || strings.Contains(q.action, "/wsn/") {
		fmt.Fprintf(&b, `<a:Action>%s</a:Action><a:To>%s</a:To>`, q.action, escape(q.to.String()))
	}
	b.WriteString(q.header)
	if signed && c.cfg.Username != "" {
		c.mu.Lock()
		now := c.cfg.Clock.Now().Add(c.offset)
		c.mu.Unlock()
		nonce := make([]byte, 16)
		rand.Read(nonce)
		created := now.UTC().Format("2006-01-02T15:04:05.000Z")
		sum := sha1.Sum([]byte(string(nonce) + created + c.cfg.Password))
		const wss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
		fmt.Fprintf(&b, `<w:Security s:mustUnderstand="1" xmlns:w="%[1]swssecurity-secext-1.0.xsd"><w:UsernameToken><w:Username>%[2]s</w:Username>`+
			`<w:Password Type="%[1]susername-token-profile-1.0#PasswordDigest">%[3]s</w:Password>`+
			`<w:Nonce EncodingType="%[1]ssoap-message-security-1.0#Base64Binary">%[4]s</w:Nonce>`+
			`<u:Created xmlns:u="%[1]swssecurity-utility-1.0.xsd">%[5]s</u:Created></w:UsernameToken></w:Security>`,
			wss, escape(c.cfg.Username), base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(nonce), created)
	}
	b.WriteString(`</s:Header><s:Body>`)
	b.WriteString(q.body)
	b.WriteString(`</s:Body></s:Envelope>`)
	return []byte(b.String())
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // strings.Builder does not fail
	return b.String()
}
