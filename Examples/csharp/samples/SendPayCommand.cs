using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Windows.Forms;
using BluetapLib;

namespace BluetapTest
{
    static class Program
    {
        private static void Main(string[] args)
        {
            TinyCommand tinyCommand = new TinyCommand();

            /* Send TRUEMONEY PayCommand*/
            PayCommand payCommand = new PayCommand { PaymentMethod = PaymentMethod.TRUEMONEY.ToString() };
            ResultCode result = tinyCommand.SendPayCommand(payCommand);
            Debug.Assert(result == ResultCode.SUCCESS);

            /* Send 7-11 PayCommand*/
            payCommand = new PayCommand { PaymentMethod = PaymentMethod.SEVEN_11.ToString() };
            result = tinyCommand.SendPayCommand(payCommand);

            /* Send Alipay+ wallet PayCommand*/
            payCommand = new PayCommand { PaymentMethod = PaymentMethod.ALIPAY_PLUS.ToString() };
            result = tinyCommand.SendPayCommand(payCommand);

            /* Test invalid PayCommand*/
            payCommand = new PayCommand { PaymentMethod = "Test" };
            result = tinyCommand.SendPayCommand(payCommand);
            Debug.Assert(result == ResultCode.PARAM_ILLEGAL);
        }
    }
}
