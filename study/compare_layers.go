package study

// LayerPairs applies the probe of every layer to every other, where they share
// one space, as those of a residual stream do.
type LayerPairs struct {
	// Layers is "all".
	Layers string `yaml:"layers"`
}

var layersKind = kindOf[LayerPairs, any]("layers", "", (*Study).checkLayerPairs, nil)

func (s *Study) checkLayerPairs(key string, c *LayerPairs) error {
	if c.Layers != "all" {
		return s.ErrorAt(key+".layers", "found %q, expected all", c.Layers)
	}
	return nil
}
