namespace BluetapLib
{
    /// <summary>The wallet that the cashier selected.</summary>
    public enum PaymentMethod
    {
        TRUEMONEY,
        SEVEN_11,
        ALIPAY_CN,
        ALIPAY_PLUS,
    }
}
