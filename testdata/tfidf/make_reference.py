"""TF-IDF figures of scikit-learn for texts that are awkward on purpose.

python testdata/tfidf/make_reference.py > testdata/tfidf/reference.json
"""

import json
import sys

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

TRAIN = [
    "I think Paris is in Egypt. Which country is Paris in?",
    "I am sure that Paris is in France. Which country is Paris in?",
    "My teacher told me  Lyon is\tin France.\n\nWhich country is Lyon in?",
    "a b c",
    "",
    "   \u00a0\u2003 ",
    "snake_case x1 12 3.14 e-mail don't co-op",
    "ΟΔΟΣ ΣΟΦΟΣ σΣ Σ ΑΣ. Σίσυφος",
    "İstanbul ISTANBUL ıI Straße STRASSE ﬁn",
    "東京は日本 の首都 です。 ½ ² Ⅷ ٣٤ १२",
    "नमस्ते cafe\u0301 café e\u0301\u0302 zero\u200bwidth soft\u00adhyphen",
    "👩‍👩‍👧 emoji 👍🏽 ok",
    "sep\x1carated by\x1dunits \x85 nel \x0b vt",
    "tab\ttab  two\n\nlines",
    "x",
    "Ǆ ǅ ǆ Ω K Å ẞ",
]
TEST = [
    "Which country is Nowhere in?",
    "unseen words only qqqq",
    "",
    "paris PARIS Paris",
    "ΣΟΦΟΣ; istanbul x1",
]


def figures(analyzer, ngrams, min_df):
    v = TfidfVectorizer(analyzer=analyzer, ngram_range=ngrams, min_df=min_df)
    v.fit(TRAIN)
    terms = v.get_feature_names_out()

    def rows(texts):
        matrix = v.transform(texts).tocsr()
        matrix.sort_indices()
        return [
            [[int(j), float(x)] for j, x in zip(matrix[i].indices, matrix[i].data)]
            for i in range(matrix.shape[0])
        ]

    return {"terms": terms.tolist(), "idf": v.idf_.tolist(), "train": rows(TRAIN), "test": rows(TEST)}


json.dump(
    {
        "scikit-learn": sklearn.__version__,
        "train": TRAIN,
        "test": TEST,
        "cases": [
            {
                "min_df": min_df,
                "word": figures("word", (1, 2), min_df),
                "char_wb": figures("char_wb", (2, 5), min_df),
            }
            for min_df in (1, 2)
        ],
    },
    sys.stdout,
)
print()
