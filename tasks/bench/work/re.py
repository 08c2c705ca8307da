# Compiles patterns, and searches, matches and splits with them. Short texts: the matcher calls itself for each character.
re = __import__(MODULE)
text = "fox 1234 times, lazy"
for pattern, found in (("(fo+x)|(runs)", "fox"), ("[0-9]+ +times", "1234 times"), ("l[a-z]*y", "lazy")):
    regex = re.compile(pattern)
    for _ in range(40):
        assert regex.search(text).group(0) == found
for _ in range(20):
    assert re.match("([a-z]+) ([0-9]+)", text).group(2) == "1234"
    assert re.search("nothing", text) is None
    assert len(re.compile("[, ]+").split(text)) == 4
