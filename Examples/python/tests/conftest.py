pytest_plugins = ["bluetap_testing.plugin"]
