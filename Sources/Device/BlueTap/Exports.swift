// Links, commands and policies are made of instants and durations: whoever has the ones has the others.
@_exported public import Essentials
