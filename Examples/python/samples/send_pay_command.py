import hid
import bluetaplib

tinyCommand = bluetaplib.TinyCommand()
payCommand = bluetaplib.PayCommand(bluetaplib.PaymentMethod.TRUEMONEY)
tinyCommand.SendPayCommand(payCommand)

payCommand = bluetaplib.PayCommand(bluetaplib.PaymentMethod.SEVEN_11)
tinyCommand.SendPayCommand(payCommand)
