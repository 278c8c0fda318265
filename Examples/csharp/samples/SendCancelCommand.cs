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
            /* Send CancelCommand*/
            CancelCommand cancelCommand = new CancelCommand();
            /* `ResultCode` is added here: as documented, `result` is not declared, and the sample does not compile. */
            ResultCode result = tinyCommand.SendCancelCommand(cancelCommand);
        }
    }
}
