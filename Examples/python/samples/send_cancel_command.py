import hid
import bluetaplib

tinyCommand = bluetaplib.TinyCommand()
cancelCommand = bluetaplib.CancelCommand()
tinyCommand.SendCancelCommand(cancelCommand)
