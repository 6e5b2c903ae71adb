package onvif

import (
	"cmp"
	"context"
)

// RuleClasses asks which rules of the device's analytics are about one class of
// things: the rule's name → person, vehicle … (ONVIF Analytics §5.2.2). People
// name rules as they like; what they are about, only their filters say. A
// device without analytics has none.
func (c *Client) RuleClasses(ctx context.Context) (map[string]string, error) {
	has, err := c.Services(ctx)
	if err != nil || !has.Analytics {
		return nil, err
	}
	profiles, err := c.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	seen := map[string]bool{}
	const most = 4 // configurations; the profiles of one camera share one
	for _, p := range profiles {
		if p.Analytics == "" || seen[p.Analytics] || len(seen) == most {
			continue
		}
		seen[p.Analytics] = true
		if err := c.rules(ctx, p.Analytics, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *Client) rules(ctx context.Context, configuration string, into map[string]string) error {
	a, err := ask[struct {
		Rules list[struct {
			Name       string   `xml:"Name,attr"`
			Type       string   `xml:"Type,attr"`
			Parameters xmlItems `xml:"Parameters"`
		}] `xml:"Rule"`
	}](ctx, c, nsAnalytics, "GetRules", element("ConfigurationToken", configuration))
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range a.Rules {
		class := ""
		for _, i := range r.Parameters.items() {
			if roleOf(inRule, i.Name).role == ofFilter {
				class = cmp.Or(class, classOf(i.Value, kindMotion))
			}
		}
		if class = cmp.Or(class, classOf(r.Type, kindMotion)); class != "" && r.Name != "" {
			into[text(r.Name)] = class
		}
	}
	return nil
}
