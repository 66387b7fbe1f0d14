"""What a report is about, roughly: which of some three dozen troubles its words speak of."""

# Words of two characters; one word may stand for two troubles. A NEW TROUBLE IS ONE ROW.
TROUBLES = {
    "fumes": "油烟 夜宵 宵夜 烧烤 餐馆 餐饮 餐厅 饭店 排烟 烟道 炒菜",
    "noise": "噪音 噪声 吵闹 喧哗 音响 喇叭",
    "gaming": "麻将 棋牌 赌博 聚赌",
    "site": "施工 工地 打桩 挖机 动工",
    "dust": "扬尘 灰尘 粉尘 搅拌 砂石 渣土 水泥",
    "parking": "车位 停车 车库 乱停 违停 停放",
    "selling": "捆绑 认筹 摇号 降价 购房 网签 首付 虚假 全款 开盘",
    "deeds": "房产 产权 动产 办证 契税",
    "handover": "交房 延期 烂尾 交付 收房",
    "quality": "开裂 裂缝 漏水 渗水 质量 精装 墙面 楼板 装修",
    "schooling": "入学 学位 学区 就读 幼儿 招生 上学 读书",
    "lessons": "补课",
    "placement": "实习 实训 打工",
    "refund": "退费 退款 退钱 培训 课程 学费",
    "wages": "工资 欠薪 薪水 血汗 加班",
    "water": "停水 供水 水表 自来 水压 用水",
    "power": "停电 供电 电压 电表 高压 变压",
    "gas": "燃气 暖气 供暖 煤气",
    "waste": "垃圾 污水 臭味 恶臭 化粪 下水",
    "estate_service": "物业 业委",
    "expropriation": "拆迁 征地 征收 安置 补偿 棚改",
    "illegal_building": "违建 搭建 违章 加建 改建 扩建",
    "bus": "公交 班车 发车 末班",
    "railway": "地铁 轨道 城铁 城际",
    "crossing": "红绿 路口 斑马 天桥 闯红",
    "road": "路面 坑洼 破损 断头 修路 坑坑",
    "lamp": "路灯",
    "lift": "电梯",
    "fire": "消防 起火 灭火 失火",
    "fraud": "诈骗 传销 集资 理财 骗局 被骗",
    "medical": "医生 医疗 手术 病人 患者 住院",
    "insurance": "社保 医保 公积 养老 津贴",
    "greening": "绿化 树木 绿地 草坪",
    "animals": "养殖 养猪 恶犬 流浪 遛狗",
    "vending": "摊贩 占道 摆摊 夜市 地摊 摊位",
    "telecom": "宽带 网络 基站",
    "household": "户口 落户 户籍",
    "flood": "内涝 积水 被淹 洪水 排水",
    "loan": "贷款 货款 借款 欠款",
}
WORDS: dict[str, int] = {}
"""The troubles that a word speaks of, as bits."""
for _nth, _words in enumerate(TROUBLES.values()):
    for _word in _words.split():
        WORDS[_word] = WORDS.get(_word, 0) | 1 << _nth


def bits_of(troubles: int) -> list[int]:
    """The numbers of the bits that are set."""
    found = []
    while troubles:
        found.append((troubles & -troubles).bit_length() - 1)
        troubles &= troubles - 1
    return found


def names_of(troubles: int) -> list[str]:
    """The troubles by name."""
    return [_NAMES[nth] for nth in bits_of(troubles)]


_NAMES = list(TROUBLES)
